import { readdirSync, readFileSync } from 'node:fs';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { compilePattern } from './pattern.ts';

const folder = new URL('../../models/', import.meta.url);
const models = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8'));
const patterns = new Set(
  models.flatMap((text) =>
    Object.values((JSON.parse(text).shapes ?? {}) as Record<string, { pattern?: string }>).flatMap(
      (shape) => shape.pattern ?? [],
    ),
  ),
);
const repositoryName = '[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(\\/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*';
const scanningFilter = '^[a-z0-9*](?:[._\\-/a-z0-9*]?[a-z0-9*]+)*$';

describe('a pattern of the models', () => {
  test('there are patterns to try', () => expect(patterns.size).toBeGreaterThan(20));

  test('looks ahead in account aliases only, which RegExp matches in linear time', () => {
    const ahead = [...patterns].filter((text) => text.includes('(?!'));
    expect(ahead).toEqual(['^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$']);
    const { matches } = compilePattern(ahead[0] ?? '');
    expect(['a-b-c', 'a--b', `${'a-'.repeat(30)}a-`, 'a'.repeat(1_000_000)].map(matches)).toEqual([
      ...[true, false, false, false],
    ]);
  });

  // Short values only: RegExp, the oracle, is exponential on some of these patterns.
  test.each([...patterns])('decides as RegExp does: %s', (text) => {
    const oracle = new RegExp(`^(?:${text})$`, text.includes('\\p{') ? 'u' : '');
    const { matches } = compilePattern(text);
    const piece = fc.constantFrom(
      'a',
      'z',
      '0',
      '9',
      '-',
      '_',
      '__',
      '.',
      '/',
      '*',
      'ROOT',
      'arn:aws',
      ':',
      'A',
      ' ',
      '\n',
      'é',
      '\u{1f600}',
      '@',
      '^',
      '$',
    );
    const soup = fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(soup, (value) => void expect(matches(value), value).toBe(oracle.test(value))),
      { numRuns: 300 },
    );
    if (/\\p\{|\(\?!/.test(text) || text === scanningFilter) return;
    const members = fc.stringMatching(new RegExp(`^(?:${text})$`), { size: 'xsmall' });
    fc.assert(
      fc.property(members, fc.nat(), piece, (value, at, other) => {
        expect(matches(value), value).toBe(true);
        const position = at % (value.length + 1);
        const changed = value.slice(0, position) + other + value.slice(position + 1);
        expect(matches(changed), changed).toBe(oracle.test(changed));
      }),
      { numRuns: 100 },
    );
  });
});

describe('the automaton', () => {
  test.each([
    ['a', 'a-b', 'a__b', 'a---b/c.d', 'team/app_1', 'a.b.c/d-e/f'],
    ['', 'a_', '_a', 'a___b', 'a_-b', 'A', 'a//b', '/a', 'a/', 'a..b', 'a\n'],
  ])('knows repository names', (...names) => {
    const expected = names.includes('a');
    for (const name of names) expect(compilePattern(repositoryName).matches(name), name).toBe(expected);
  });

  test('reads counted repeats', () => {
    const { matches } = compilePattern('(ab){2,3}c{2}(d){1,}(?:e|f)?');
    expect(
      ['ababccd', 'abababccdde', 'ababccf', 'abccd', 'ababababccd', 'ababcd', 'ababccdef', 'ababccdf'].map(matches),
    ).toEqual([true, true, false, false, false, false, false, true]);
  });

  test('refuses to compile what it cannot read', () => {
    expect(() => compilePattern('(a)+\\1').matches('a')).toThrow('cannot compile');
    expect(() => compilePattern('(a)+)').matches('a')).toThrow('cannot compile');
    expect(() => compilePattern('(?=a)+').matches('a')).toThrow('cannot compile');
  });

  // A backtracking matcher would not come back from these within the life of the machine.
  test.each([
    [scanningFilter, `${'a'.repeat(255)}!`],
    [scanningFilter, `${'a*'.repeat(127)}!`],
    [repositoryName, `${'a-'.repeat(127)}!`],
    [repositoryName, `a${'-'.repeat(254)}`],
    [repositoryName, 'a__'.repeat(85)],
    ['(a*)*b', 'a'.repeat(100_000)],
    ['((a|a)*)*', `${'a'.repeat(5000)}b`],
  ])('comes back from a hostile value for %s', (text, value) =>
    expect(compilePattern(text).matches(value)).toBe(false),
  );
});
