import { createHmac, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';

import aws4 from 'aws4';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ProtocolError } from '../errors.ts';
import { canonicalRequest, stringToSign } from './canonical.ts';
import { readClaim } from './claim.ts';
import { DerivedKeys } from './keys.ts';
import {
  check,
  credentials,
  edit,
  headOf,
  host,
  now,
  refusal,
  type Sent,
  sha256,
  signed,
  signer,
} from './test-requests.ts';
import { checkScope, hasValidSignature } from './verify.ts';

describe('a signature of another implementation', () => {
  test.each([
    {},
    { body: '' },
    { path: '/a%2Fb/c d' },
    { query: { b: '2', a: ['1', '0', ''], 'x y': "*'()!~+" } },
    { headers: { 'x-amz-meta': '  two   spaces ', 'amz-sdk-invocation-id': 'x' } },
    { body: 'ä\u{1f600}' },
  ])('verifies where the SDK signed %j', async (changes) => {
    const sent = await signed(changes);
    expect(check(sent)).toBe(true);
    expect(check(sent, 'ecr', 'another secret')).toBe(false);
  });

  test('verifies headers by aws4', () => {
    // aws4 takes its date from the headers.
    const options = {
      host,
      path: '/?b=2&a=1',
      method: 'POST',
      service: 'ecr',
      region: 'eu-west-1',
      body: '{}',
      headers: { 'X-Amz-Date': '20261125T120000Z', 'X-Amz-Target': 'X.Y' },
    };
    const request = aws4.sign(options, credentials);
    const headers = Object.entries(request.headers ?? {}).map(([name, value]) => [name, String(value)] as const);
    expect(check({ method: 'POST', target: '/?b=2&a=1', headers, body: '{}' })).toBe(true);
  });

  test('verifies a presigned URL by the SDK and by aws4, which names no lifetime', async () => {
    const query = { Action: 'GetCallerIdentity', Version: '2011-06-15' };
    const url = await signer('sts').presign(
      { method: 'GET', protocol: 'http:', hostname: host, path: '/', query, headers: { host } },
      { signingDate: new Date(now), expiresIn: 60 },
    );
    const text = Object.entries(url.query ?? {})
      .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
      .join('&');
    const sent: Sent = { method: 'GET', target: `/?${text}`, headers: [['Host', host]], body: '' };
    expect(check(sent, 'sts')).toBe(true);
    expect(check({ ...sent, method: 'POST' }, 'sts')).toBe(false);

    const path = '/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Date=20261125T120000Z';
    const other = aws4.sign(
      { host, path, method: 'GET', service: 'sts', region: 'eu-west-1', signQuery: true },
      credentials,
    );
    expect(check({ method: 'GET', target: other.path ?? '', headers: [['host', host]], body: '' }, 'sts')).toBe(true);
  });
});

describe('the asymmetric algorithm', () => {
  // The key pair of this access key is published with the test suite of AWS's C signer.
  const published = {
    x: 'b6618f6a65740a99e650b33b6b4b5bd0d43b176d721a3edfea7e7d2d56d936b1',
    y: '865ed22a7eadc9c5cb9d2cbaca1b3699139fedc5043dc6661864218330c8e518',
  };
  const headers = [
    ['host', host],
    ['x-amz-date', '20261125T120000Z'],
    ['x-amz-region-set', 'us-east-1,eu-*'],
  ] as const;
  const authorization = (signature: string): string =>
    `AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20261125/sts/aws4_request, SignedHeaders=host;x-amz-date;x-amz-region-set, Signature=${signature}`;
  const unsigned = {
    method: 'POST',
    target: '/',
    headers: [...headers, ['authorization', authorization('00')] as const],
    body: '',
  };
  const claimOf = (sent: Sent) => readClaim(headOf(sent)) ?? expect.unreachable();

  test('derives the published public key', () => {
    const { key } = new DerivedKeys().derive(claimOf(unsigned), credentials.secretAccessKey);
    const { x, y } = 'export' in key ? key.export({ format: 'jwk' }) : expect.unreachable();
    expect([x, y].map((part) => Buffer.from(String(part), 'base64url').toString('hex'))).toEqual([
      published.x,
      published.y,
    ]);
  });

  test('verifies what the private key signed, for the services that take it', () => {
    const input = Buffer.concat([
      Buffer.from([0, 0, 0, 1]),
      Buffer.from('AWS4-ECDSA-P256-SHA256\0AKIDEXAMPLE'),
      Buffer.from([1, 0, 0, 1, 0]),
    ]);
    const d =
      BigInt(`0x${createHmac('sha256', `AWS4A${credentials.secretAccessKey}`).update(input).digest('hex')}`) + 1n;
    const [dUrl, x, y] = [d.toString(16).padStart(64, '0'), published.x, published.y].map((hex) =>
      Buffer.from(hex, 'hex').toString('base64url'),
    );
    const key = createPrivateKey({ key: { kty: 'EC', crv: 'P-256', d: dUrl, x, y } as never, format: 'jwk' });
    const claim = claimOf(unsigned);
    const text = stringToSign(
      claim,
      canonicalRequest({ head: headOf(unsigned), claim, host, payloadHash: sha256('') }),
    );
    const send = (signature: Buffer): Sent => ({
      ...unsigned,
      headers: [...headers, ['authorization', authorization(signature.toString('hex'))]],
    });
    expect(check(send(sign('sha256', Buffer.from(text), key)), 'sts')).toBe(true);
    expect(check({ ...send(sign('sha256', Buffer.from(text), key)), body: 'x' }, 'sts')).toBe(false);
    const stranger = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
    expect(check(send(sign('sha256', Buffer.from(text), stranger)), 'sts')).toBe(false);
    expect(check(send(Buffer.alloc(70)), 'sts')).toBe(false);
    expect(refusal(() => checkScope(claim, { service: 'ecr', region: undefined, asymmetric: false }))).toEqual({
      kind: 'incompleteSignature',
      message: "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'.",
    });
  });

  test.each([
    [undefined, 'us-east-1'],
    ['eu-west-3', 'eu-west-3'],
    ['us-west-1', 'Credential should be scoped to a valid region.'],
  ])('takes the region %s of the host from the set', (region, expected) => {
    const claim = claimOf(unsigned);
    const run = (): string => checkScope(claim, { service: 'sts', region, asymmetric: true });
    expect(refusal(run).message || run()).toBe(expected);
  });
});

describe('a request that was changed after it was signed', () => {
  test('is refused wherever one byte of what is signed differs', async () => {
    const sent = await signed({
      query: { a: '1', b: ['x', ''] },
      headers: { 'x-amz-meta': 'm n', 'user-agent': 'agent' },
    });
    expect(check(sent)).toBe(true);
    const where = fc.constantFrom('method', 'target', 'body', 'name', 'value', 'drop', 'repeat', 'add');
    await fc.assert(
      fc.asyncProperty(where, fc.nat(), fc.nat(), fc.integer({ min: 0x20, max: 0xff }), (part, first, second, code) => {
        const changed = alter(sent, { part, first, second, character: String.fromCharCode(code) });
        let accepted = false;
        try {
          accepted = check(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
        if (accepted) expect(meaning(changed), JSON.stringify(changed)).toEqual(meaning(sent));
        return Promise.resolve();
      }),
      { numRuns: 1500 },
    );
  });

  /** What a signature promises of a request: everything but headers that are not signed, blanks, and other spellings of the same. */
  function meaning(sent: Sent): unknown {
    const head = headOf(sent);
    const claim = readClaim(head) ?? expect.unreachable();
    return [claim, sent.body, canonicalRequest({ head, claim, host, payloadHash: '' })];
  }

  interface Alteration {
    readonly part: string;
    readonly first: number;
    readonly second: number;
    readonly character: string;
  }

  function alter(sent: Sent, { part, first, second, character }: Alteration): Sent {
    const replace = (text: string): string => {
      const at = second % (text.length + 1);
      return text.slice(0, at) + character + text.slice(at + (first % 2));
    };
    const index = first % sent.headers.length;
    if (part === 'method' || part === 'target' || part === 'body') return { ...sent, [part]: replace(sent[part]) };
    if (part === 'add') return edit(sent, (headers) => [...headers, [`x-amz-${character}`, 'v']]);
    if (part === 'drop') return edit(sent, (headers) => headers.filter((_, at) => at !== index));
    if (part === 'repeat') return edit(sent, (headers) => [...headers, ...headers.slice(index, index + 1)]);
    return edit(sent, (headers) =>
      headers.map(([name, value], at) =>
        at !== index ? [name, value] : part === 'name' ? [replace(name), value] : [name, replace(value)],
      ),
    );
  }
});

test('accepts nothing for an access key that has no secret', async () => {
  const head = headOf(await signed());
  const claim = readClaim(head) ?? expect.unreachable();
  expect(hasValidSignature({ head, claim, host, payloadHash: sha256('{"a":1}') }, undefined, new DerivedKeys())).toBe(
    false,
  );
});

test('remembers keys that verified, and only those', async () => {
  const keys = new DerivedKeys();
  const sent = await signed();
  check(sent, 'ecr', 'another secret', keys);
  expect(keys.size).toBe(0);
  check(sent, 'ecr', credentials.secretAccessKey, keys);
  check(sent, 'ecr', credentials.secretAccessKey, keys);
  expect(keys.size).toBe(1);
  expect(check(sent, 'ecr', 'another secret', keys)).toBe(false);
});
