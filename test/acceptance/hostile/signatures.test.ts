/** Signatures of the AWS API that no SDK would make. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sendSigned } from '../../support/wire/signed-requests.ts';
import { callEcr, jsonRefusal, queryRefusal, type Refusal } from './fronts.ts';
import { openSite, type Site } from './site.ts';

let site: Site;

beforeAll(async () => {
  site = await openSite();
});

afterAll(async () => {
  await site?.close();
});

const refused = (status: number, code: string) => expect.objectContaining({ status, code }) as Refusal;

describe('a signature', () => {
  const now = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const today = now.slice(0, 8);

  interface Claim {
    readonly algorithm?: string;
    readonly credential?: string;
    readonly signed?: string;
    readonly signature?: string;
    readonly date?: string;
  }

  const send = async (authorization: string, date = now, path = '/'): Promise<Refusal> => {
    const headers = { authorization, 'x-amz-date': date };
    return jsonRefusal(await callEcr(site, 'ListImages', '{}', { credentials: undefined, headers, path }));
  };

  const claim = async ({ algorithm = 'AWS4-HMAC-SHA256', date, ...more }: Claim): Promise<Refusal> => {
    const key = site.server.credentials.accessKeyId;
    const {
      credential = 'KEY/DAY/eu-central-1/ecr/aws4_request',
      signed = 'content-type;host;x-amz-date;x-amz-target',
      signature = 'a'.repeat(64),
    } = more;
    const scope = credential.replace('KEY', key).replace('DAY', (date ?? now).slice(0, 8));
    return await send(`${algorithm} Credential=${scope}, SignedHeaders=${signed}, Signature=${signature}`, date);
  };

  test.each<[string, Claim, string]>([
    ['that is wrong', {}, 'InvalidSignatureException'],
    ['that is empty', { signature: '' }, 'InvalidSignatureException'],
    ['of 3,000 characters', { signature: 'a'.repeat(3_000) }, 'InvalidSignatureException'],
    ['of bytes over 127', { signature: '\xff'.repeat(64) }, 'InvalidSignatureException'],
    ['of another algorithm', { algorithm: 'AWS5-HMAC-SHA1' }, 'IncompleteSignatureException'],
    [
      'of elliptic curves',
      { algorithm: 'AWS4-ECDSA-P256-SHA256', credential: 'KEY/DAY/ecr/aws4_request' },
      'IncompleteSignatureException',
    ],
    ['whose scope is slashes', { credential: '/'.repeat(1_000) }, 'IncompleteSignatureException'],
    ['whose scope is empty', { credential: '////' }, 'InvalidSignatureException'],
    [
      'for a region of slashes and dots',
      { credential: 'KEY/DAY/..%2f../ecr/aws4_request' },
      'InvalidSignatureException',
    ],
    [
      'for a region of 3,000 letters',
      { credential: `KEY/DAY/${'a'.repeat(3_000)}/ecr/aws4_request` },
      'InvalidSignatureException',
    ],
    ['for another service', { credential: 'KEY/DAY/eu-central-1/s3/aws4_request' }, 'InvalidSignatureException'],
    ['for another protocol', { credential: 'KEY/DAY/eu-central-1/ecr/aws5_request' }, 'InvalidSignatureException'],
    ['of another day', { credential: 'KEY/19700101/eu-central-1/ecr/aws4_request' }, 'InvalidSignatureException'],
    [
      'of a key that is none',
      { credential: `${'A'.repeat(128)}/DAY/eu-central-1/ecr/aws4_request` },
      'UnrecognizedClientException',
    ],
    ['of the year 0', { date: '00000101T000000Z' }, 'InvalidSignatureException'],
    ['of the year 9999', { date: '99991231T235959Z' }, 'InvalidSignatureException'],
    ['of the 31st of February', { date: '20260231T000000Z' }, 'IncompleteSignatureException'],
    ['of a date that is none', { date: 'yesterday' }, 'IncompleteSignatureException'],
    [
      'that covers 1,000 headers',
      { signed: Array.from({ length: 1_000 }, (_, n) => `h${n}`).join(';') },
      'IncompleteSignatureException',
    ],
    ['that covers a header twice', { signed: 'host;host' }, 'IncompleteSignatureException'],
    ['that covers nothing', { signed: '' }, 'InvalidSignatureException'],
    ['that leaves the operation open', { signed: 'host;x-amz-date' }, 'InvalidSignatureException'],
    [
      'that covers what is not there',
      { signed: 'content-type;host;x-amz-date;x-amz-target;x-other' },
      'InvalidSignatureException',
    ],
  ])('%s', async (_, given, code) => {
    const refusal = await claim(given);
    expect(refusal).toEqual(refused(400, code));
    expect(refusal.message.length).toBeLessThan(5_000);
    await site.expectUnharmed();
  });

  test.each([
    ['nothing', 'AWS4-HMAC-SHA256'],
    ['commas', `AWS4-HMAC-SHA256 ${','.repeat(3_000)}`],
    ['a part twice', 'AWS4-HMAC-SHA256 Signature=a, Signature=b'],
    ['no equal sign', 'AWS4-HMAC-SHA256 Credential'],
    ['5,000 characters', `AWS4-HMAC-SHA256 Credential=${'a'.repeat(5_000)}`],
    ['a login token', 'Basic QVdTOm5vbmU='],
  ])('of %s', async (_, authorization) => {
    expect(await send(authorization)).toEqual(refused(400, 'IncompleteSignatureException'));
  });

  test.each([
    ['lives for less than nothing', { 'X-Amz-Expires': '-1' }, 'IncompleteSignature'],
    ['lives for nothing', { 'X-Amz-Expires': '0' }, 'IncompleteSignature'],
    ['lives for longer than a week', { 'X-Amz-Expires': '604801' }, 'IncompleteSignature'],
    ['lives for ever', { 'X-Amz-Expires': '9'.repeat(400) }, 'IncompleteSignature'],
    ['lives for a number that is none', { 'X-Amz-Expires': '1e9' }, 'IncompleteSignature'],
    ['has U+0000 for a key', { 'X-Amz-Credential': `\0/${today}/us-east-1/sts/aws4_request` }, 'InvalidClientTokenId'],
    ['comes from a year that is none', { 'X-Amz-Date': '20269999T000000Z' }, 'IncompleteSignature'],
    ['is of bytes', { 'X-Amz-Signature': '\u{1f600}'.repeat(10) }, 'SignatureDoesNotMatch'],
    ['says nothing', { 'X-Amz-Signature': '' }, 'SignatureDoesNotMatch'],
  ])('in a URL that %s', async (_, given: Record<string, string>, code) => {
    const { server } = site;
    const query = new URLSearchParams({
      Action: 'GetCallerIdentity',
      Version: '2011-06-15',
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': `${server.credentials.accessKeyId}/${today}/us-east-1/sts/aws4_request`,
      'X-Amz-Date': now,
      'X-Amz-SignedHeaders': 'host',
      'X-Amz-Signature': 'a'.repeat(64),
      ...given,
    });
    const answer = await sendSigned({ url: server.url, service: 'sts', method: 'GET', path: `/?${query.toString()}` });
    const refusal = queryRefusal(answer);
    expect([refusal.code, [400, 403]]).toEqual([code, expect.arrayContaining([refusal.status])]);
    await site.expectUnharmed();
  });
});
