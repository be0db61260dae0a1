/** Whatever a request says, reading it gives a value or a refusal of the protocol, and takes no more time than it is long. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endlessTexts, hostileBytes, hostileText, strangeError } from '../lib/test-texts.ts';
import { ProtocolError } from './errors.ts';
import { findHeader, readHeaders } from './headers.ts';
import { readModel, type Shape, type StructureShape } from './model.ts';
import { compilePattern } from './pattern.ts';
import { parseForm } from './protocols/form.ts';
import { jsonProtocol, readBlob } from './protocols/json.ts';
import type { Protocol, RequestHead } from './protocols/protocol.ts';
import { queryProtocol } from './protocols/query.ts';
import { escapeXml } from './protocols/xml.ts';
import { canonicalPath, canonicalQuery, canonicalRequest, splitQuery, stringToSign } from './sigv4/canonical.ts';
import { peekService, readClaim } from './sigv4/claim.ts';
import { checkCoverage, checkDate, checkScope } from './sigv4/verify.ts';
import { validateInput } from './validate.ts';

const models = { json: readModel('ecr'), query: readModel('sts') };
const headOf = (more: Partial<RequestHead> & { raw?: readonly string[] }): RequestHead => ({
  method: 'POST',
  path: '/',
  query: '',
  headers: readHeaders(more.raw ?? []),
  ...more,
});

/** All that is done with a request before its body and its secret are looked at. */
function examine(head: RequestHead): void {
  peekService(head);
  const claim = readClaim(head);
  if (claim === undefined) return;
  stringToSign(claim, canonicalRequest({ head, claim, host: 'localhost', payloadHash: '' }));
  const rules = { service: 'ecr', region: undefined, asymmetric: true };
  for (const check of [
    () => checkScope(claim, rules),
    () => checkDate(claim, { now: Date.now(), maxSkew: 300_000, presignedLifetime: undefined }),
    () => checkCoverage(claim, head),
  ])
    expect(strangeError(check, ProtocolError)).toBeUndefined();
}

const signatureWords = [
  'AWS4-HMAC-SHA256 ',
  'Credential=',
  'Signature=',
  'SignedHeaders=',
  'host',
  '/',
  ',',
  ';',
  'aws4_request',
];
const presignedWords = [
  'X-Amz-Credential=',
  'X-Amz-Signature=',
  'X-Amz-Expires=',
  'X-Amz-Date=',
  '&',
  '%2F',
  '20260101T000000Z',
];
const formWords = ['Action', '=', '&', '.member.', '.entry.', '1', '.key', '.value', '%41', '+', 'Tags'];

const parsers: { name: string; words: readonly string[]; run: (text: string) => unknown }[] = [
  {
    name: 'readClaim of a header',
    words: signatureWords,
    run: (text) => examine(headOf({ raw: ['Authorization', text, 'X-Amz-Date', text] })),
  },
  {
    name: 'readClaim of an algorithm',
    words: signatureWords,
    run: (text) => examine(headOf({ raw: ['Authorization', `AWS4-HMAC-SHA256 ${text}`, 'Date', text] })),
  },
  {
    name: 'readClaim of a URL',
    words: presignedWords,
    run: (text) => examine(headOf({ query: `X-Amz-Algorithm=AWS4-HMAC-SHA256&${text}` })),
  },
  {
    name: 'peekService',
    words: [...signatureWords, ...presignedWords],
    run: (text) => peekService(headOf({ query: text, raw: ['authorization', text] })),
  },
  { name: 'splitQuery', words: presignedWords, run: splitQuery },
  { name: 'canonicalQuery', words: presignedWords, run: (text) => canonicalQuery(text, 'X-Amz-Signature') },
  { name: 'canonicalPath', words: ['/', '.', '..'], run: canonicalPath },
  { name: 'parseForm', words: formWords, run: parseForm },
  { name: 'readBlob', words: ['AAAA', '=', '-', '_'], run: readBlob },
  { name: 'readHeaders', words: [], run: (text) => findHeader(readHeaders([text, text, text]), text) },
  {
    name: 'refuseForeignForm of JSON',
    words: ['application/json', ';', ' '],
    run: (text) => jsonProtocol.refuseForeignForm(headOf({ raw: ['content-type', text] })),
  },
  {
    name: 'refuseForeignForm of Query',
    words: ['/'],
    run: (text) => queryProtocol.refuseForeignForm(headOf({ path: text, method: text })),
  },
  {
    name: 'announcedAction',
    words: ['.', 'ListImages'],
    run: (text) => jsonProtocol.announcedAction(headOf({ raw: ['x-amz-target', text] })),
  },
  { name: 'escapeXml', words: ['&', '<', ']]>'], run: escapeXml },
];

describe.each(parsers)('$name', ({ words, run }) => {
  test('throws nothing but a refusal', () => {
    fc.assert(
      fc.property(hostileText(...words), (text) => {
        expect(strangeError(() => run(text), ProtocolError)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  test('comes to its end with 100 kB of anything', () => {
    for (const text of endlessTexts(...words))
      expect(
        strangeError(() => run(text), ProtocolError),
        text.slice(0, 20),
      ).toBeUndefined();
  });
});

/** What is thrown and is no refusal when every operation of a service is given this body. */
function strangeErrorsOf(protocol: Protocol, body: Buffer): unknown[] {
  const model = models[protocol.name];
  const head = headOf({ raw: protocol.name === 'json' ? [] : ['content-type', 'application/x-www-form-urlencoded'] });
  return [...model.operations.values()].flatMap(({ input }) => {
    if (input === undefined) return [];
    const run = (): void => validateInput(model, input, protocol.read(head, body).input(input));
    return strangeError(run, ProtocolError) ?? [];
  });
}

/** Values that have something of the form that a shape wants, and something that it does not. */
function nearly(shape: Shape, depth = 0): fc.Arbitrary<unknown> {
  const wrong = fc.oneof(
    fc.jsonValue(),
    hostileText(),
    fc.constantFrom(null, -1, 0, 1e308, 0.5, 2 ** 53, '', true, [], {}),
  );
  if (depth > 4) return wrong;
  const right = (): fc.Arbitrary<unknown> => {
    switch (shape.type) {
      case 'structure':
        return fc.record(
          Object.fromEntries([...shape.members.values()].map((one) => [one.wireName, nearly(one.shape, depth + 1)])),
          { requiredKeys: [] },
        );
      case 'list':
        return fc.array(nearly(shape.member, depth + 1), { maxLength: 4 });
      case 'map':
        return fc.dictionary(hostileText(), nearly(shape.value, depth + 1), { maxKeys: 4 });
      case 'string':
        return shape.values === undefined ? hostileText() : fc.constantFrom(...shape.values);
      case 'blob':
        return fc.base64String({ maxLength: 40 });
      case 'boolean':
        return fc.boolean();
      default:
        return fc.oneof(fc.integer(), fc.double());
    }
  };
  return fc.oneof({ arbitrary: right(), weight: 6 }, { arbitrary: wrong, weight: 1 });
}

describe('a body', () => {
  test.each([jsonProtocol, queryProtocol])('of any bytes is an input or a refusal in $name', (protocol) => {
    const words = protocol.name === 'json' ? ['{', '}', '"repositoryName"', ':', ',', '[', ']'] : formWords;
    fc.assert(
      fc.property(hostileBytes(...words), (body) => void expect(strangeErrorsOf(protocol, body)).toEqual([])),
      { numRuns: 100 },
    );
    for (const text of [
      '['.repeat(100_000),
      '{"a":'.repeat(20_000),
      `"${'\\"'.repeat(50_000)}`,
      '\\'.repeat(100_000),
      '&'.repeat(100_000),
    ])
      expect(strangeErrorsOf(protocol, Buffer.from(text))).toEqual([]);
  });

  const inputs = [...models.json.operations.values()].flatMap(({ name, input }): [string, StructureShape][] =>
    input === undefined ? [] : [[name, input]],
  );
  test.each(inputs)('of %s in nearly the right form is an input or a refusal', (_, input) => {
    fc.assert(
      fc.property(nearly(input), (value) => {
        const body = Buffer.from(JSON.stringify(value));
        const run = (): void => validateInput(models.json, input, jsonProtocol.read(headOf({}), body).input(input));
        expect(strangeError(run, ProtocolError)).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });
});

describe('what is written is read again', () => {
  test('blobs', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(readBlob(Buffer.from(bytes).toString('base64'))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  test('forms', () => {
    const part = fc.stringMatching(/^[A-Za-z]{1,8}$/);
    const values = fc.uniqueArray(
      fc.tuple(
        part,
        hostileText().filter((text) => text.isWellFormed()),
      ),
      { selector: ([name]) => name },
    );
    fc.assert(
      fc.property(values, (pairs) => {
        const { children } = parseForm(new URLSearchParams(pairs).toString());
        expect([...children].map(([name, { value }]) => [name, value])).toEqual(pairs);
      }),
    );
  });
});

test('every pattern of the models comes to its end with 100 kB of anything', () => {
  const texts = endlessTexts('arn:aws:ecr:', 'a/b', 'a.', 'ROOT');
  for (const model of Object.values(models)) {
    for (const shape of model.shapes.values()) {
      if (shape.type !== 'string' || shape.pattern === undefined) continue;
      const { matches } = compilePattern(shape.pattern.text);
      for (const text of texts) expect(typeof matches(text.slice(0, 20_000)), shape.pattern.text).toBe('boolean');
    }
  }
});
