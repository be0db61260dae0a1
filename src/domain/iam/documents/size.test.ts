import fc from 'fast-check';
import { expect, test } from 'vitest';
import { policySize } from './size.ts';

test.each([
  ['', 0],
  [' \t\r\n', 0],
  ['{ }', 2],
  ['{ "a b" : "c\\" d" , 1 }', '{"a b":"c\\" d",1}'.length],
  ['"open ', 6],
  ['"open \\', 7],
])('%j has %i characters that count', (text, size) => {
  expect(policySize(text)).toBe(size);
});

test('a document is as large as its shortest form, however it is laid out', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(8), (value, indent) => {
      expect(policySize(JSON.stringify(value, undefined, indent))).toBe(JSON.stringify(value).length);
    }),
  );
});
