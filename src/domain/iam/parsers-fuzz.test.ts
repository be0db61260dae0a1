/** Whatever stands in a policy or where the name of one is expected: a value or a refusal, in time. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endlessTexts, hostileText, strangeError } from '../../lib/test-texts.ts';
import { parsePolicyArn } from '../arn.ts';
import { parsePrincipalReference } from './documents/principal-names.ts';
import { isOperator, parseOperator } from './policy/conditions/condition.ts';
import { parseDate } from './policy/conditions/date.ts';
import { PolicySyntaxError, readPolicyDocument } from './policy/document.ts';
import { JsonError, parseStrictJson } from './policy/json.ts';
import { parsePieces } from './policy/template.ts';

const policyWords = ['"Version":', '"Statement":', '"Effect":"Allow"', '"Action":', '{', '}', '[', ']', '"', ':', ','];
const arnWords = ['arn:aws:iam::', '123456789012', ':user/', ':role/', ':assumed-role/', 'policy/', ':root'];

const parsers: readonly { name: string; words: readonly string[]; run: (text: string) => unknown }[] = [
  { name: 'parsePolicyArn', words: arnWords, run: parsePolicyArn },
  { name: 'parsePrincipalReference', words: arnWords, run: parsePrincipalReference },
  { name: 'readPolicyDocument', words: policyWords, run: readPolicyDocument },
  { name: 'parseStrictJson', words: policyWords, run: parseStrictJson },
  {
    name: 'parsePieces',
    words: ['${', '}', '*', '?', "'", ', '],
    run: (text) => parsePieces(text, { variables: true, wildcards: true }),
  },
  { name: 'parseOperator', words: ['ForAllValues:', 'String', 'Like', 'IfExists'], run: parseOperator },
  { name: 'isOperator', words: ['ForAnyValue:', 'Null', 'IfExists'], run: isOperator },
  { name: 'parseDate', words: ['2026-11-27', 'T', '12:00:00', 'Z', '+01:00'], run: parseDate },
];

describe.each(parsers)('$name', ({ words, run }) => {
  test('throws nothing but a refusal', () => {
    fc.assert(
      fc.property(hostileText(...words), (text) => {
        expect(strangeError(() => run(text), PolicySyntaxError, JsonError)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  test('comes to its end with 100 kB of anything', () => {
    for (const text of endlessTexts(...words))
      expect(
        strangeError(() => run(text), PolicySyntaxError, JsonError),
        text.slice(0, 20),
      ).toBeUndefined();
  });
});
