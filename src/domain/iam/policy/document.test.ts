import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PolicySyntaxError, readPolicyDocument } from './document.ts';

const read = (document: unknown) => readPolicyDocument(JSON.stringify(document));

test('reads every element, with lists where one value stands alone', () => {
  const document = read({
    Version: '2012-10-17',
    Id: 'one',
    Statement: {
      Sid: 'S',
      Effect: 'Deny',
      NotPrincipal: { AWS: '111122223333', Service: ['a.amazonaws.com', 'b.amazonaws.com'] },
      NotAction: 'ecr:*',
      NotResource: ['a', 'b'],
      Condition: { Bool: { 'aws:SecureTransport': false }, NumericEquals: { 'aws:MultiFactorAuthAge': [1, '2'] } },
    },
  });
  expect(document).toEqual({
    version: '2012-10-17',
    id: 'one',
    statements: [
      {
        sid: 'S',
        effect: 'Deny',
        notPrincipal: { AWS: ['111122223333'], Service: ['a.amazonaws.com', 'b.amazonaws.com'] },
        notAction: ['ecr:*'],
        notResource: ['a', 'b'],
        condition: [
          { operator: 'Bool', key: 'aws:SecureTransport', values: ['false'] },
          { operator: 'NumericEquals', key: 'aws:MultiFactorAuthAge', values: ['1', '2'] },
        ],
      },
    ],
  });
});

test('takes a document without Version for the old language', () => {
  expect(read({ Statement: [] }).version).toBe('2008-10-17');
});

const allow = { Effect: 'Allow', Action: '*', Resource: '*' };

test.each([
  ['no JSON', '{'],
  ['no object', '[]'],
  ['no statement', '{"Version":"2012-10-17"}'],
  ['another version', '{"Version":"2012-10-18","Statement":[]}'],
  ['an unknown element', '{"Statement":[],"Extra":1}'],
  ['a statement that is text', '{"Statement":["x"]}'],
  ['an unknown element of a statement', JSON.stringify({ Statement: { ...allow, Actions: 'x' } })],
  ['no effect', '{"Statement":{"Action":"*"}}'],
  ['an effect in lower case', '{"Statement":{"Effect":"allow"}}'],
  ['Action with NotAction', JSON.stringify({ Statement: { ...allow, NotAction: 'x' } })],
  ['Resource with NotResource', JSON.stringify({ Statement: { ...allow, NotResource: 'x' } })],
  ['an action that is a number', JSON.stringify({ Statement: { ...allow, Action: [1] } })],
  ['a principal that is a name', JSON.stringify({ Statement: { ...allow, Principal: 'alice' } })],
  ['an unknown kind of principal', JSON.stringify({ Statement: { ...allow, Principal: { '*': '*' } } })],
  ['a condition that is text', JSON.stringify({ Statement: { ...allow, Condition: 'x' } })],
  ['an operator that is text', JSON.stringify({ Statement: { ...allow, Condition: { Bool: 'x' } } })],
  ['a value that is null', JSON.stringify({ Statement: { ...allow, Condition: { Bool: { k: null } } } })],
  ['an element that stands twice', '{"Statement":{"Effect":"Deny","Effect":"Allow"}}'],
  ['one that stands twice in other letters', String.raw`{"Statement":{"Effect":"Deny","Effec\u0074":"Allow"}}`],
  ['one that stands twice with space before the colon', '{"Statement":[],"Statement" :[]}'],
  ['a document too deep', `{"Statement":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
  ['a document too long', `{"Statement":[],"Id":"${'x'.repeat(1_048_577)}"}`],
])('refuses %s', (_name, text) => {
  expect(() => readPolicyDocument(text)).toThrow(PolicySyntaxError);
});

test('names are no names when they are values, and may stand in several objects', () => {
  const statements = [{ ...allow, Sid: 'Sid', Resource: ['Resource', 'Resource', '":"'] }, allow];
  expect(read({ Statement: statements }).statements).toHaveLength(2);
});

test('any text is read or refused', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.json(),
    fc.json().map((json) => `{"Statement":[{"Effect":"Allow","Condition":${json}}]}`),
  );
  fc.assert(
    fc.property(texts, (text) => {
      try {
        readPolicyDocument(text);
      } catch (error) {
        expect(error).toBeInstanceOf(PolicySyntaxError);
      }
    }),
  );
});
