import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RegistryError } from './errors.ts';
import { createPageTokens } from './page-token.ts';

const tokens = createPageTokens((text) => createHmac('sha256', 'key').update(text).digest());
const refused = new RegistryError('invalidParameter', { field: 'NextToken', constraint: 'Invalid next token' });

/** Every text that JSON can carry and UTF-8 keeps. */
const text = fc.string({ unit: 'grapheme' });

describe('a page token', () => {
  it('gives back its position to the list that it was made for', () => {
    fc.assert(
      fc.property(text, text, (scope, position) => {
        expect(tokens.read(scope, tokens.write(scope, position))).toBe(position);
      }),
    );
  });

  it('is of letters that need no escape in a URL', () => {
    fc.assert(
      fc.property(text, (position) => {
        expect(tokens.write('list', position)).toMatch(/^[A-Za-z0-9_-]*\.[A-Za-z0-9_-]{20}$/);
      }),
    );
  });

  it('is refused by another list', () => {
    const token = tokens.write('123456789012 us-east-1 app', '42');
    expect(() => tokens.read('123456789012 us-east-1 other', token)).toThrow(refused);
  });

  it('is refused at another installation', () => {
    const others = createPageTokens((position) => createHmac('sha256', 'another').update(position).digest());
    expect(() => others.read('list', tokens.write('list', '42'))).toThrow(refused);
  });

  it('is refused when its position was changed', () => {
    const [position, code] = tokens.write('list', '42').split('.') as [string, string];
    for (const changed of ['', 'NDM', `${position}AA`])
      expect(() => tokens.read('list', `${changed}.${code}`)).toThrow(refused);
  });

  it.each([[''], ['.'], ['abc'], ['NDI.'], ['NDI.AAAAAAAAAAAAAAAAAAAA'], ['x'.repeat(5000)], ['\0'], ['é.é']])(
    'is not read from %j',
    (made) => {
      expect(() => tokens.read('list', made)).toThrow(refused);
    },
  );

  it('is refused when it is longer than any that was given out', () => {
    expect(() => tokens.read('list', tokens.write('list', 'x'.repeat(4000)))).toThrow(refused);
  });
});
