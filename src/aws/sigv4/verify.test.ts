import { createHash, createHmac, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';

import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import aws4 from 'aws4';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ProtocolError } from '../errors.ts';
import { readHeaders } from '../headers.ts';
import type { RequestHead } from '../protocols/protocol.ts';
import { canonicalRequest, stringToSign } from './canonical.ts';
import { readClaim } from './claim.ts';
import { DerivedKeys } from './keys.ts';
import { checkCoverage, checkDate, checkScope, hasValidSignature } from './verify.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const now = Date.UTC(2026, 10, 25, 12);
const host = 'api.ecr.eu-west-1.example:4566';
const sha256 = (body: string | Buffer): string => createHash('sha256').update(body).digest('hex');

interface Sent {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

const headOf = ({ method, target, headers }: Sent): RequestHead => {
  const [path = '', ...query] = target.split('?');
  return { method, path, query: query.join('?'), headers: readHeaders(headers.flat()) };
};

/** All that the door asks of a signature, in its order. */
function check(sent: Sent, service = 'ecr', secret = credentials.secretAccessKey, keys = new DerivedKeys()): boolean {
  const head = headOf(sent);
  const claim = readClaim(head);
  if (claim === undefined) return false;
  checkScope(claim, { service, region: undefined, asymmetric: service === 'sts' });
  checkDate(claim, { now, maxSkew: 300_000, presignedLifetime: service === 'sts' ? 900 : undefined });
  checkCoverage(claim, head);
  const known = claim.accessKeyId === credentials.accessKeyId ? secret : undefined;
  return hasValidSignature({ head, claim, host: head.headers.get('host')?.[0]?.toLowerCase() ?? '', payloadHash: sha256(sent.body) }, known, keys);
}

const refusal = (run: () => unknown): { kind: string; message: string } => {
  try {
    run();
  } catch (error) {
    if (error instanceof ProtocolError) return { kind: error.kind, message: error.message };
    throw error;
  }
  return { kind: 'accepted', message: '' };
};

const signer = (service: string): SignatureV4 => new SignatureV4({ service, region: 'eu-west-1', sha256: Sha256, credentials });

/** A request signed by the SDK's own signer. */
async function signed(changes: { headers?: Record<string, string>; query?: Record<string, string | string[]>; path?: string; body?: string } = {}): Promise<Sent> {
  const { body = '{"a":1}', path = '/', query = {} } = changes;
  const headers = { host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'X.Y', ...changes.headers };
  const request = await signer('ecr').sign(
    { method: 'POST', protocol: 'http:', hostname: host, path, query, headers, body },
    { signingDate: new Date(now) },
  );
  const pairs = Object.entries(query).flatMap(([name, value]) => [value].flat().map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`));
  const target = pairs.length > 0 ? `${path}?${pairs.join('&')}` : path;
  return { method: 'POST', target, headers: Object.entries(request.headers), body };
}

const edit = (sent: Sent, change: (headers: (readonly [string, string])[]) => (readonly [string, string])[]): Sent => ({
  ...sent,
  headers: change([...sent.headers]),
});
const replaceIn = (sent: Sent, from: string | RegExp, to: string): Sent =>
  edit(sent, (headers) => headers.map(([name, value]) => [name, name === 'authorization' ? value.replace(from, to) : value]));

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
    const options = { host, path: '/?b=2&a=1', method: 'POST', service: 'ecr', region: 'eu-west-1', body: '{}', headers: { 'X-Amz-Date': '20261125T120000Z', 'X-Amz-Target': 'X.Y' } };
    const request = aws4.sign(options, credentials);
    const headers = Object.entries(request.headers ?? {}).map(([name, value]) => [name, String(value)] as const);
    expect(check({ method: 'POST', target: '/?b=2&a=1', headers, body: '{}' })).toBe(true);
  });

  test('verifies a presigned URL by the SDK and by aws4, which names no lifetime', async () => {
    const query = { Action: 'GetCallerIdentity', Version: '2011-06-15' };
    const url = await signer('sts').presign({ method: 'GET', protocol: 'http:', hostname: host, path: '/', query, headers: { host } }, { signingDate: new Date(now), expiresIn: 60 });
    const text = Object.entries(url.query ?? {}).map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`).join('&');
    const sent: Sent = { method: 'GET', target: `/?${text}`, headers: [['Host', host]], body: '' };
    expect(check(sent, 'sts')).toBe(true);
    expect(check({ ...sent, method: 'POST' }, 'sts')).toBe(false);

    const path = '/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Date=20261125T120000Z';
    const other = aws4.sign({ host, path, method: 'GET', service: 'sts', region: 'eu-west-1', signQuery: true }, credentials);
    expect(check({ method: 'GET', target: other.path ?? '', headers: [['host', host]], body: '' }, 'sts')).toBe(true);
  });
});

describe('the asymmetric algorithm', () => {
  // The key pair of this access key is published with the test suite of AWS's C signer.
  const published = {
    x: 'b6618f6a65740a99e650b33b6b4b5bd0d43b176d721a3edfea7e7d2d56d936b1',
    y: '865ed22a7eadc9c5cb9d2cbaca1b3699139fedc5043dc6661864218330c8e518',
  };
  const headers = [['host', host], ['x-amz-date', '20261125T120000Z'], ['x-amz-region-set', 'us-east-1,eu-*']] as const;
  const authorization = (signature: string): string =>
    `AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20261125/sts/aws4_request, SignedHeaders=host;x-amz-date;x-amz-region-set, Signature=${signature}`;
  const unsigned = { method: 'POST', target: '/', headers: [...headers, ['authorization', authorization('00')] as const], body: '' };
  const claimOf = (sent: Sent) => readClaim(headOf(sent)) ?? expect.unreachable();

  test('derives the published public key', () => {
    const { key } = new DerivedKeys().derive(claimOf(unsigned), credentials.secretAccessKey);
    const { x, y } = 'export' in key ? key.export({ format: 'jwk' }) : expect.unreachable();
    expect([x, y].map((part) => Buffer.from(String(part), 'base64url').toString('hex'))).toEqual([published.x, published.y]);
  });

  test('verifies what the private key signed, for the services that take it', () => {
    const input = Buffer.concat([Buffer.from([0, 0, 0, 1]), Buffer.from('AWS4-ECDSA-P256-SHA256\0AKIDEXAMPLE'), Buffer.from([1, 0, 0, 1, 0])]);
    const d = BigInt(`0x${createHmac('sha256', `AWS4A${credentials.secretAccessKey}`).update(input).digest('hex')}`) + 1n;
    const [dUrl, x, y] = [d.toString(16).padStart(64, '0'), published.x, published.y].map((hex) => Buffer.from(hex, 'hex').toString('base64url'));
    const key = createPrivateKey({ key: { kty: 'EC', crv: 'P-256', d: dUrl, x, y } as never, format: 'jwk' });
    const claim = claimOf(unsigned);
    const text = stringToSign(claim, canonicalRequest({ head: headOf(unsigned), claim, host, payloadHash: sha256('') }));
    const send = (signature: Buffer): Sent => ({ ...unsigned, headers: [...headers, ['authorization', authorization(signature.toString('hex'))]] });
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
    const sent = await signed({ query: { a: '1', b: ['x', ''] }, headers: { 'x-amz-meta': 'm n', 'user-agent': 'agent' } });
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
      headers.map(([name, value], at) => (at !== index ? [name, value] : part === 'name' ? [replace(name), value] : [name, replace(value)])),
    );
  }
});

describe('what must be signed', () => {
  const added = (name: string, value: string) => async (): Promise<Sent> => edit(await signed(), (headers) => [...headers, [name, value]]);

  test.each([
    ['an added x-amz header', added('X-Amz-Copy', 'v'), "'x-amz-copy' must be a 'SignedHeader' in the AWS Authorization."],
    ['a second host', added('Host', 'other'), 'The request has more than one Host header.'],
    ['a second Authorization', added('Authorization', 'AWS4-HMAC-SHA256 x'), 'The request has more than one Authorization header.'],
    ['an unsigned payload', () => signed({ headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }), /neither unsigned nor streamed/],
    ['a streamed payload', () => signed({ headers: { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' } }), /neither unsigned nor streamed/],
    ['an unsigned host', async () => replaceIn(await signed(), ';host;', ';'), "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."],
    ['a header that is missing', async () => replaceIn(await signed(), 'SignedHeaders=', 'SignedHeaders=a-header;'), "The signed header 'a-header' is not in the request."],
    ['names in upper case', async () => replaceIn(await signed(), ';host;', ';Host;'), /lower-case names/],
    ['a name twice', async () => replaceIn(await signed(), ';host;', ';host;host;'), /each stands once/],
    ['too many names', async () => replaceIn(await signed(), ';host;', `;${Array.from({ length: 70 }, (_, index) => `h${index}`).join(';')};`), /more than 64 headers/],
    ['both forms', async () => ({ ...(await signed()), target: '/?X-Amz-Signature=1' }), /both in its Authorization header and in its query/],
    ['a target without a slash', async () => ({ ...(await signed()), target: '?a' }), "The request target must begin with '/'."],
  ])('refuses %s', async (_, make, expected) => {
    const sent = await make();
    const { message } = refusal(() => check(sent));
    if (typeof expected === 'string') expect(message).toBe(expected);
    else expect(message).toMatch(expected);
  });

  test.each(['X-Amzn-Trace-Id', 'Connection', 'Accept-Encoding'])('accepts %s, which anybody on the way may add', async (name) => {
    expect(check(await added(name, 'v')())).toBe(true);
  });

  test('compares an announced hash with the body', async () => {
    expect(check(await signed({ headers: { 'x-amz-content-sha256': sha256('{"a":1}') } }))).toBe(true);
    expect(check(await signed({ headers: { 'x-amz-content-sha256': sha256('another') } }))).toBe(false);
  });
});

describe('an Authorization header that cannot be read', () => {
  const date = ['X-Amz-Date', '20261125T120000Z'] as const;
  test.each([
    ['Basic QVdTOng=', [date], "Unsupported AWS 'algorithm': 'Basic'."],
    ['AWS4-HMAC-SHA256 Credential', [date], "'Credential' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-HMAC-SHA256 Credential'."],
    [
      'AWS4-HMAC-SHA256',
      [],
      "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256",
    ],
    ['AWS4-HMAC-SHA256 Credential=a/b, Signature=c, SignedHeaders=host', [date], "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'a/b'"],
    ['AWS4-HMAC-SHA256 Credential=a/b/c/d/e, Signature=c, SignedHeaders=host', [['X-Amz-Date', '2026']], "Date must be in ISO-8601 'basic format'. Got '2026'."],
    ['AWS4-HMAC-SHA256 Credential=a/b/c/d/e, Signature=c, SignedHeaders=host', [['X-Amz-Date', '20261399T120000Z']], "Date must be in ISO-8601 'basic format'. Got '20261399T120000Z'."],
    ['AWS4-HMAC-SHA256 Signature=1, Signature=2', [date], "The Authorization header has 'Signature' more than once."],
    ['x'.repeat(5000), [date], 'The Authorization header is too long.'],
  ])('%s', (authorization, others, message) => {
    const sent: Sent = { method: 'POST', target: '/', headers: [['Authorization', authorization], ...others] as Sent['headers'], body: '' };
    expect(refusal(() => check(sent))).toEqual({ kind: 'incompleteSignature', message });
  });

  test.each([
    ['X-Amz-Signature=1', /include 'X-Amz-Algorithm'.*include 'X-Amz-Credential'/],
    ['X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Algorithm=AWS4-HMAC-SHA256', /must not be repeated/],
    ['X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a&X-Amz-Signature=1&X-Amz-SignedHeaders=host&X-Amz-Date=x&X-Amz-Expires=604801', /between 1 and 604800/],
    ['X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a&X-Amz-Signature=1&X-Amz-SignedHeaders=host&X-Amz-Date=x&X-Amz-Expires=0', /between 1 and 604800/],
  ])('refuses the query %s', (query, expected) => {
    const { kind, message } = refusal(() => check({ method: 'GET', target: `/?${query}`, headers: [], body: '' }));
    expect([kind, message]).toEqual(['incompleteSignature', expect.stringMatching(expected)]);
  });
});

describe('scope and date', () => {
  test.each([
    ['eu-west-1/ecr', 'EU/ecr', 'Credential should be scoped to a valid region.'],
    ['eu-west-1/ecr', 'eu-west-1/s3', "Credential should be scoped to correct service: 'ecr'."],
    ['aws4_request', 'aws4', "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws4'."],
    ['20261125/', '20261124/', "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20261124' != '20261125', from '20261125T120000Z'."],
  ])('refuses %s when it is %s', async (from, to, message) => {
    const sent = replaceIn(await signed(), from, to);
    expect(refusal(() => check(sent))).toEqual({ kind: 'invalidSignature', message });
  });

  test('binds the region to that of the host', async () => {
    const claim = readClaim(headOf(await signed())) ?? expect.unreachable();
    const rules = { service: 'ecr', asymmetric: false };
    expect(checkScope(claim, { ...rules, region: 'eu-west-1' })).toBe('eu-west-1');
    expect(refusal(() => checkScope(claim, { ...rules, region: 'us-east-1' })).message).toBe('Credential should be scoped to a valid region.');
  });

  test.each([
    [-300_000, undefined],
    [-301_000, 'Signature not yet current: 20261125T120000Z is still later than 20261125T115959Z (20261125T115459Z + 5 min.)'],
    [300_000, undefined],
    [301_000, 'Signature expired: 20261125T120000Z is now earlier than 20261125T120001Z (20261125T120501Z - 5 min.)'],
  ])('looks at a signature %i ms later', async (later, message) => {
    const claim = readClaim(headOf(await signed())) ?? expect.unreachable();
    const run = (): void => checkDate(claim, { now: now + later, maxSkew: 300_000, presignedLifetime: undefined });
    expect(refusal(run).message || undefined).toBe(message);
  });

  test.each([
    [60, undefined, 60_000, true],
    [60, undefined, 61_000, false],
    [60, 900, 899_000, true],
    [3600, 900, 901_000, false],
    [undefined, undefined, 899_000, true],
    [undefined, undefined, 901_000, false],
  ])('lets a presigned request of %s s live (a service may say %s s) at %i ms: %s', async (expires, presignedLifetime, later, accepted) => {
    const claim = { ...(readClaim(headOf(await signed())) ?? expect.unreachable()), form: 'query' as const, expires };
    const run = (): void => checkDate(claim, { now: now + later, maxSkew: 300_000, presignedLifetime });
    expect(refusal(run).kind === 'accepted').toBe(accepted);
  });

  test('takes the Date header where X-Amz-Date is missing', () => {
    const authorization = 'AWS4-HMAC-SHA256 Credential=a/20261125/r/ecr/aws4_request, Signature=c, SignedHeaders=host';
    const headers = readHeaders(['authorization', authorization, 'date', 'Wed, 25 Nov 2026 12:00:00 GMT']);
    expect(readClaim({ method: 'POST', path: '/', query: '', headers })?.date).toBe('20261125T120000Z');
  });
});

test('accepts nothing for an access key that has no secret', async () => {
  const head = headOf(await signed());
  const claim = readClaim(head) ?? expect.unreachable();
  expect(hasValidSignature({ head, claim, host, payloadHash: sha256('{"a":1}') }, undefined, new DerivedKeys())).toBe(false);
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
