import { describe, expect, test } from 'vitest';

import { readHeaders } from '../headers.ts';
import { readClaim } from './claim.ts';
import { check, edit, headOf, now, refusal, replaceIn, type Sent, sha256, signed } from './test-requests.ts';
import { checkDate, checkScope } from './verify.ts';

describe('what must be signed', () => {
  const added = (name: string, value: string) => async (): Promise<Sent> =>
    edit(await signed(), (headers) => [...headers, [name, value]]);

  test.each([
    [
      'an added x-amz header',
      added('X-Amz-Copy', 'v'),
      "'x-amz-copy' must be a 'SignedHeader' in the AWS Authorization.",
    ],
    ['a second host', added('Host', 'other'), 'The request has more than one Host header.'],
    [
      'a second Authorization',
      added('Authorization', 'AWS4-HMAC-SHA256 x'),
      'The request has more than one Authorization header.',
    ],
    [
      'an unsigned payload',
      () => signed({ headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }),
      /neither unsigned nor streamed/,
    ],
    [
      'a streamed payload',
      () => signed({ headers: { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' } }),
      /neither unsigned nor streamed/,
    ],
    [
      'an unsigned host',
      async () => replaceIn(await signed(), ';host;', ';'),
      "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    ],
    [
      'a header that is missing',
      async () => replaceIn(await signed(), 'SignedHeaders=', 'SignedHeaders=a-header;'),
      "The signed header 'a-header' is not in the request.",
    ],
    ['names in upper case', async () => replaceIn(await signed(), ';host;', ';Host;'), /lower-case names/],
    ['a name twice', async () => replaceIn(await signed(), ';host;', ';host;host;'), /each stands once/],
    [
      'too many names',
      async () =>
        replaceIn(await signed(), ';host;', `;${Array.from({ length: 70 }, (_, index) => `h${index}`).join(';')};`),
      /more than 64 headers/,
    ],
    [
      'both forms',
      async () => ({ ...(await signed()), target: '/?X-Amz-Signature=1' }),
      /both in its Authorization header and in its query/,
    ],
    [
      'a target without a slash',
      async () => ({ ...(await signed()), target: '?a' }),
      "The request target must begin with '/'.",
    ],
  ])('refuses %s', async (_, make, expected) => {
    const sent = await make();
    const { message } = refusal(() => check(sent));
    if (typeof expected === 'string') expect(message).toBe(expected);
    else expect(message).toMatch(expected);
  });

  test.each(['X-Amzn-Trace-Id', 'Connection', 'Accept-Encoding'])(
    'accepts %s, which anybody on the way may add',
    async (name) => {
      expect(check(await added(name, 'v')())).toBe(true);
    },
  );

  test('compares an announced hash with the body', async () => {
    expect(check(await signed({ headers: { 'x-amz-content-sha256': sha256('{"a":1}') } }))).toBe(true);
    expect(check(await signed({ headers: { 'x-amz-content-sha256': sha256('another') } }))).toBe(false);
  });
});

describe('an Authorization header that cannot be read', () => {
  const date = ['X-Amz-Date', '20261125T120000Z'] as const;
  test.each([
    ['Basic QVdTOng=', [date], "Unsupported AWS 'algorithm': 'Basic'."],
    [
      'AWS4-HMAC-SHA256 Credential',
      [date],
      "'Credential' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-HMAC-SHA256 Credential'.",
    ],
    [
      'AWS4-HMAC-SHA256',
      [],
      "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256",
    ],
    [
      'AWS4-HMAC-SHA256 Credential=a/b, Signature=c, SignedHeaders=host',
      [date],
      "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'a/b'",
    ],
    [
      'AWS4-HMAC-SHA256 Credential=a/b/c/d/e, Signature=c, SignedHeaders=host',
      [['X-Amz-Date', '2026']],
      "Date must be in ISO-8601 'basic format'. Got '2026'.",
    ],
    [
      'AWS4-HMAC-SHA256 Credential=a/b/c/d/e, Signature=c, SignedHeaders=host',
      [['X-Amz-Date', '20261399T120000Z']],
      "Date must be in ISO-8601 'basic format'. Got '20261399T120000Z'.",
    ],
    [
      'AWS4-HMAC-SHA256 Credential=a/b/c/d/e, Signature=c, SignedHeaders=host',
      [['X-Amz-Date', '20260230T120000Z']],
      "Date must be in ISO-8601 'basic format'. Got '20260230T120000Z'.",
    ],
    [
      'AWS4-HMAC-SHA256 Credential=a/b/c/d/e, Signature=c, SignedHeaders=host',
      [['X-Amz-Date', '20261124T240000Z']],
      "Date must be in ISO-8601 'basic format'. Got '20261124T240000Z'.",
    ],
    ['AWS4-HMAC-SHA256 Signature=1, Signature=2', [date], "The Authorization header has 'Signature' more than once."],
    ['x'.repeat(5000), [date], 'The Authorization header is too long.'],
  ])('%s', (authorization, others, message) => {
    const sent: Sent = {
      method: 'POST',
      target: '/',
      headers: [['Authorization', authorization], ...others] as Sent['headers'],
      body: '',
    };
    expect(refusal(() => check(sent))).toEqual({ kind: 'incompleteSignature', message });
  });

  test.each([
    ['X-Amz-Signature=1', /include 'X-Amz-Algorithm'.*include 'X-Amz-Credential'/],
    ['X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Algorithm=AWS4-HMAC-SHA256', /must not be repeated/],
    [
      'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a&X-Amz-Signature=1&X-Amz-SignedHeaders=host&X-Amz-Date=x&X-Amz-Expires=604801',
      /between 1 and 604800/,
    ],
    [
      'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a&X-Amz-Signature=1&X-Amz-SignedHeaders=host&X-Amz-Date=x&X-Amz-Expires=0',
      /between 1 and 604800/,
    ],
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
    [
      '20261125/',
      '20261124/',
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20261124' != '20261125', from '20261125T120000Z'.",
    ],
  ])('refuses %s when it is %s', async (from, to, message) => {
    const sent = replaceIn(await signed(), from, to);
    expect(refusal(() => check(sent))).toEqual({ kind: 'invalidSignature', message });
  });

  test('binds the region to that of the host', async () => {
    const claim = readClaim(headOf(await signed())) ?? expect.unreachable();
    const rules = { service: 'ecr', asymmetric: false };
    expect(checkScope(claim, { ...rules, region: 'eu-west-1' })).toBe('eu-west-1');
    expect(refusal(() => checkScope(claim, { ...rules, region: 'us-east-1' })).message).toBe(
      'Credential should be scoped to a valid region.',
    );
  });

  test.each([
    [-300_000, undefined],
    [
      -301_000,
      'Signature not yet current: 20261125T120000Z is still later than 20261125T115959Z (20261125T115459Z + 5 min.)',
    ],
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
  ])(
    'lets a presigned request of %s s live (a service may say %s s) at %i ms: %s',
    async (expires, presignedLifetime, later, accepted) => {
      const claim = { ...(readClaim(headOf(await signed())) ?? expect.unreachable()), form: 'query' as const, expires };
      const run = (): void => checkDate(claim, { now: now + later, maxSkew: 300_000, presignedLifetime });
      expect(refusal(run).kind === 'accepted').toBe(accepted);
    },
  );

  test('takes the Date header where X-Amz-Date is missing', () => {
    const authorization = 'AWS4-HMAC-SHA256 Credential=a/20261125/r/ecr/aws4_request, Signature=c, SignedHeaders=host';
    const headers = readHeaders(['authorization', authorization, 'date', 'Wed, 25 Nov 2026 12:00:00 GMT']);
    expect(readClaim({ method: 'POST', path: '/', query: '', headers })?.date).toBe('20261125T120000Z');
  });
});
