/** The AWS API fed with bodies and forms that no SDK would send. */
import { randomUUID } from 'node:crypto';
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

const mebibyte = 1024 * 1024;
const refused = (status: number, code: string) => expect.objectContaining({ status, code }) as Refusal;

describe('a body of JSON', () => {
  test.each<[string, string, string | Buffer, string]>([
    ['nested 100,000 lists deep', 'ListImages', '['.repeat(100_000), 'SerializationException'],
    [
      'nested 10,000 objects deep',
      'ListImages',
      `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
      'SerializationException',
    ],
    [
      'nested in a member that is unknown',
      'ListImages',
      `{"repositoryName":"hostile","x":${'['.repeat(500)}${']'.repeat(500)}}`,
      'SerializationException',
    ],
    ['that is no object', 'ListImages', '["repositoryName"]', 'SerializationException'],
    ['that is null', 'ListImages', 'null', 'SerializationException'],
    ['that is a number without end', 'ListImages', '9'.repeat(500_000), 'SerializationException'],
    ['that is not closed', 'ListImages', '{"repositoryName":"hostile"', 'SerializationException'],
    ['with something behind it', 'ListImages', '{"repositoryName":"hostile"}x', 'SerializationException'],
    ['with a byte order mark', 'ListImages', '\uFEFF{"repositoryName":"hostile"}', 'SerializationException'],
    ['in UTF-16', 'ListImages', Buffer.from('{"repositoryName":"hostile"}', 'utf16le'), 'SerializationException'],
    [
      'of bytes that are no text',
      'ListImages',
      Buffer.from('{"repositoryName":"\xff\xfe"}', 'latin1'),
      'SerializationException',
    ],
    ['with a number for a name', 'ListImages', '{"repositoryName":7}', 'SerializationException'],
    [
      'with a name of 500,000 characters',
      'ListImages',
      JSON.stringify({ repositoryName: 'a'.repeat(500_000) }),
      'InvalidParameterException',
    ],
    [
      'with a name that hangs a regular expression',
      'ListImages',
      JSON.stringify({ repositoryName: `${'a-'.repeat(127)}!` }),
      'InvalidParameterException',
    ],
    [
      'with its members in a prototype',
      'ListImages',
      '{"__proto__":{"repositoryName":"hostile"}}',
      'InvalidParameterException',
    ],
    [
      'with 40,000 images to delete',
      'BatchDeleteImage',
      JSON.stringify({ repositoryName: 'hostile', imageIds: Array.from({ length: 40_000 }, () => ({})) }),
      'InvalidParameterException',
    ],
    [
      'with tags of half a surrogate pair for a name',
      'CreateRepository',
      '{"repositoryName":"\\ud800"}',
      'InvalidParameterException',
    ],
    [
      'with a part that is no base64',
      'UploadLayerPart',
      JSON.stringify({
        repositoryName: 'hostile',
        uploadId: randomUUID(),
        partFirstByte: 0,
        partLastByte: 3,
        layerPartBlob: '****',
      }),
      'SerializationException',
    ],
    [
      'with a part whose base64 ends early',
      'UploadLayerPart',
      JSON.stringify({
        repositoryName: 'hostile',
        uploadId: randomUUID(),
        partFirstByte: 0,
        partLastByte: 3,
        layerPartBlob: 'AAA',
      }),
      'SerializationException',
    ],
    [
      'with base64 of URLs',
      'UploadLayerPart',
      JSON.stringify({
        repositoryName: 'hostile',
        uploadId: randomUUID(),
        partFirstByte: 0,
        partLastByte: 2,
        layerPartBlob: '-_-_',
      }),
      'SerializationException',
    ],
    [
      'with a part longer than 20 MiB',
      'UploadLayerPart',
      JSON.stringify({
        repositoryName: 'hostile',
        uploadId: randomUUID(),
        partFirstByte: 0,
        partLastByte: 2,
        layerPartBlob: 'A'.repeat(28 * mebibyte - 200),
      }),
      'InvalidParameterException',
    ],
  ])('%s', async (_, operation, body, code) => {
    await site.besieged(async () => {
      expect(jsonRefusal(await callEcr(site, operation, body))).toEqual(refused(400, code));
    });
    await site.expectUnharmed();
  });

  test.each<[string, object]>([
    ['at a negative byte', { partFirstByte: -1, partLastByte: 2 }],
    ['that ends before it begins', { partFirstByte: 2, partLastByte: 0 }],
    ['at half a byte', { partFirstByte: 0.5, partLastByte: 2 }],
    ['at the end of all numbers', { partFirstByte: 2 ** 53 - 3, partLastByte: 2 ** 53 - 1 }],
    ['past it', { partFirstByte: 1e300, partLastByte: 1e300 }],
    ['of another length', { partFirstByte: 0, partLastByte: 99 }],
    ['that is not the next', { partFirstByte: 3, partLastByte: 5 }],
  ])('with a part %s', async (_, place) => {
    const { body } = await callEcr(site, 'InitiateLayerUpload', { repositoryName: 'hostile' });
    const { uploadId } = JSON.parse(body) as { uploadId: string };
    const input = { repositoryName: 'hostile', uploadId, layerPartBlob: 'AAAA', ...place };
    const { status, code } = jsonRefusal(await callEcr(site, 'UploadLayerPart', input));
    expect([status, code]).toEqual([
      400,
      expect.stringMatching(/^(InvalidLayerPart|InvalidParameter|Serialization)Exception$/),
    ]);
    const complete = { repositoryName: 'hostile', uploadId, layerDigests: [`sha256:${'a'.repeat(64)}`] };
    expect(jsonRefusal(await callEcr(site, 'CompleteLayerUpload', complete))).toEqual(
      refused(400, 'EmptyUploadException'),
    );
    await site.expectUnharmed();
  });

  test('longer than its operation takes', async () => {
    const short = await callEcr(site, 'ListImages', ' '.repeat(mebibyte + 1));
    expect(jsonRefusal(short)).toEqual(refused(413, 'RequestEntityTooLargeException'));
    const long = await callEcr(site, 'UploadLayerPart', ' '.repeat(28 * mebibyte + 1));
    expect(jsonRefusal(long)).toEqual(refused(413, 'RequestEntityTooLargeException'));
    await site.expectUnharmed();
  });

  test.each<[string, Record<string, string>, number, string]>([
    ['of another type', { 'content-type': 'text/xml' }, 404, 'UnknownOperationException'],
    [
      'of a type of 8,000 characters',
      { 'content-type': `application/json${' '.repeat(8_000)}x` },
      404,
      'UnknownOperationException',
    ],
    ['for no operation', { 'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.' }, 400, 'UnknownOperationException'],
    [
      'for what every object has',
      { 'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.constructor' },
      400,
      'UnknownOperationException',
    ],
    [
      'for an operation of 5,000 characters',
      { 'x-amz-target': `AmazonEC2ContainerRegistry_V20150921.${'L'.repeat(5_000)}` },
      400,
      'UnknownOperationException',
    ],
    ['for another service', { 'x-amz-target': 'Logs_20140328.ListImages' }, 400, 'UnknownOperationException'],
  ])('%s', async (_, headers, status, code) => {
    const answer = await callEcr(site, 'ListImages', { repositoryName: 'hostile' }, { headers });
    const refusal = jsonRefusal(answer);
    expect(refusal.message.length).toBeLessThan(1_000);
    expect(refusal).toEqual(refused(status, code));
  });
});

describe('a form', () => {
  const ask = async (body: string, type = 'application/x-www-form-urlencoded'): Promise<Refusal> => {
    const { server } = site;
    const headers = { 'content-type': type };
    return queryRefusal(
      await sendSigned({ url: server.url, service: 'sts', credentials: server.credentials, headers, body }),
    );
  };
  const whole = 'Action=GetCallerIdentity&Version=2011-06-15';

  test.each([
    ['of 500,000 parameters', `${whole}${'&a='.repeat(340_000)}`, 'MalformedQueryString'],
    ['of a million parameters without names', `${whole}${'&'.repeat(1_000_000)}`, 'MalformedQueryString'],
    ['with half an escape', `${whole}&a=%4`, 'MalformedQueryString'],
    ['with an escape that is none', `${whole}&a=%zz`, 'MalformedQueryString'],
    ['with an overlong slash', `${whole}&a=%c0%af`, 'MalformedQueryString'],
    ['with one parameter twice', `${whole}&Action=GetAccessKeyInfo`, 'MalformedQueryString'],
    ['nested 10,000 deep', `${whole}&${'a.'.repeat(10_000)}b=1`, 'MalformedQueryString'],
    ['for what every object has', 'Action=__proto__&Version=2011-06-15', 'InvalidAction'],
    ['for an action of 900,000 characters', `Action=${'A'.repeat(900_000)}&Version=2011-06-15`, 'InvalidAction'],
    [
      'with an access key of control characters',
      'Action=GetAccessKeyInfo&Version=2011-06-15&AccessKeyId=%00%01%0d%0a%1b%7f%c2%85%e2%80%a8',
      'ValidationError',
    ],
    [
      'with an access key of 1 MB',
      `Action=GetAccessKeyInfo&Version=2011-06-15&AccessKeyId=${'A'.repeat(900_000)}`,
      'ValidationError',
    ],
    ['with no version that is known', 'Action=GetCallerIdentity&Version=%3Cscript%3E', 'InvalidAction'],
  ])('%s', async (_, body, code) => {
    await site.besieged(async () => {
      const refusal = await ask(body);
      expect(refusal).toEqual(refused(400, code));
      expect(refusal.message.length).toBeLessThan(3_000);
      // oxlint-disable-next-line no-control-regex -- they are what must not be there
      expect(refusal.message).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f<]/);
    });
    await site.expectUnharmed();
  });

  test('of bytes that are no text, and of another type', async () => {
    expect(await ask('Action=\ud800', 'text/plain')).toEqual(refused(400, 'MalformedInput'));
  });
});
