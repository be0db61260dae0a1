import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileUnits, matchesUnits, matchesWildcard, parseWildcard } from './wildcard.ts';

test.each([
  ['', '', true],
  ['*', '', true],
  ['latest*', 'latest-1', true],
  ['latest*', 'my-latest', false],
  ['*-dev', 'a-dev', true],
  ['a*b*c', 'aXbYc', true],
  ['a*b*c', 'aXcYb', false],
  ['v1', 'v10', false],
])('%s against %s', (pattern, text, matches) => {
  expect(matchesWildcard(pattern, text)).toBe(matches);
});

test('agrees with a regular expression on short texts', () => {
  const piece = fc.constantFrom('a', 'b', '*', '.');
  const short = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(short, short, (pattern, text) => {
      const source = pattern.replaceAll('.', '\\.').replaceAll('*', '[^]*');
      expect(matchesWildcard(pattern, text)).toBe(new RegExp(`^${source}$`).test(text));
    }),
  );
});

test('taken apart, a pattern matches what it matches', () => {
  const pieces = fc.array(fc.constantFrom('a', 'b', '*', '?'), { maxLength: 8 }).map((each) => each.join(''));
  const texts = fc.array(fc.constantFrom('a', 'b'), { maxLength: 8 }).map((each) => each.join(''));
  fc.assert(
    fc.property(pieces, texts, (pattern, text) => {
      const units = parseWildcard(pattern, 'one character');
      expect(compileUnits(units)(text)).toBe(matchesUnits(units, text));
    }),
    { numRuns: 2000 },
  );
});

test('many stars against a long text end at once', () => {
  expect(matchesWildcard(`${'*a'.repeat(60)}b`, 'a'.repeat(20_000))).toBe(false);
});

test.each([`*${'a'.repeat(3000)}b*`, `*b${'a'.repeat(3000)}*`, `*?${'a'.repeat(3000)}b*`])(
  'thousands of long texts are looked for in another, taken apart',
  (pattern) => {
    const matches = compileUnits(parseWildcard(pattern, 'one character'));
    const text = Buffer.alloc(4000, 'a').toString('latin1');
    expect(Array.from({ length: 1000 }, () => matches(text))).not.toContain(true);
  },
);

test.each([
  ['v?', 'v1', true],
  ['v?', 'v', false],
  ['v?', 'v10', false],
  ['?*', '', false],
  ['*?', 'x', true],
  ['a?*c', 'abbc', true],
  ['?', '?', true],
])('with question marks, %s against %s', (pattern, text, matches) => {
  expect(matchesUnits(parseWildcard(pattern, 'one character'), text)).toBe(matches);
});

test('a question mark is itself where it is no wildcard', () => {
  expect(matchesWildcard('v?', 'v1')).toBe(false);
  expect(matchesWildcard('v?', 'v?')).toBe(true);
});

test('a part of a text is matched alone', () => {
  expect(matchesUnits(parseWildcard('b*', 'itself'), 'a:bc:d', 2, 4)).toBe(true);
  expect(matchesUnits(parseWildcard('b', 'itself'), 'a:bc:d', 2, 4)).toBe(false);
});
