/** Bad input of every kind gets its own error and never one of the server's; afterwards the server serves on. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRepositories, logIn } from '../support/aws.ts';
import { digestOf, makeIndex, mediaTypes, seededImage } from '../support/images.ts';
import { expectStatus, registryAt, type Registry } from '../support/registry.ts';
import { account, startStowage, type Stowage } from '../support/stowage.ts';

const image = seededImage('bad input', 2, 2_000);
const stranger = seededImage('never pushed');
const absent = `sha256:${'ab'.repeat(32)}`;
const json = { 'content-type': mediaTypes.ociManifest };
const target = {
  'content-type': 'application/x-amz-json-1.1',
  'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.ListImages',
};
const missingRepository = `The repository with name 'none' does not exist in the registry with id '${account}'`;
const badJson = "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'";
const tooManyResults =
  "Invalid parameter at 'maxResults' failed to satisfy constraint: 'Member must have value less than or equal to 1000'";

interface Row {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly status: number;
  readonly code?: string;
  readonly message?: string;
}

const rows: Row[] = [
  {
    name: 'a repository that is not there',
    method: 'GET',
    path: '/v2/none/tags/list',
    status: 404,
    code: 'NAME_UNKNOWN',
    message: missingRepository,
  },
  {
    name: 'an upload into it',
    method: 'POST',
    path: '/v2/none/blobs/uploads/',
    status: 404,
    code: 'NAME_UNKNOWN',
    message: missingRepository,
  },
  {
    name: 'a tag that is not there',
    method: 'GET',
    path: '/v2/bad/manifests/absent',
    status: 404,
    code: 'MANIFEST_UNKNOWN',
    message: 'Requested image not found',
  },
  {
    name: 'a digest that is not there',
    method: 'GET',
    path: `/v2/bad/manifests/${absent}`,
    status: 404,
    code: 'MANIFEST_UNKNOWN',
    message: 'Requested image not found',
  },
  {
    name: 'the deletion of what is not there',
    method: 'DELETE',
    path: '/v2/bad/manifests/absent',
    status: 404,
    code: 'MANIFEST_UNKNOWN',
  },
  {
    name: 'a blob that is not there',
    method: 'GET',
    path: `/v2/bad/blobs/${absent}`,
    status: 404,
    code: 'BLOB_UNKNOWN',
  },
  { name: 'a malformed digest', method: 'GET', path: '/v2/bad/blobs/sha256:xyz', status: 400, code: 'DIGEST_INVALID' },
  {
    name: 'the deletion of a blob',
    method: 'DELETE',
    path: `/v2/bad/blobs/${image.layers[0]?.digest}`,
    status: 405,
    code: 'UNSUPPORTED',
  },
  {
    name: 'an upload session that is not there',
    method: 'GET',
    path: '/v2/bad/blobs/uploads/00000000-0000-4000-8000-000000000000',
    status: 404,
    code: 'BLOB_UPLOAD_UNKNOWN',
  },
  {
    name: 'a page that is too large',
    method: 'GET',
    path: '/v2/bad/tags/list?n=1001',
    status: 405,
    code: 'UNSUPPORTED',
    message: tooManyResults,
  },
  {
    name: 'a page that is not a number',
    method: 'GET',
    path: '/v2/bad/tags/list?n=many',
    status: 405,
    code: 'UNSUPPORTED',
  },
  {
    name: 'a manifest that is not JSON',
    method: 'PUT',
    path: '/v2/bad/manifests/v1',
    headers: json,
    body: '{"schemaVersion":2,',
    status: 405,
    code: 'UNSUPPORTED',
    message: badJson,
  },
  {
    name: 'a manifest under a bad tag',
    method: 'PUT',
    path: '/v2/bad/manifests/.hidden',
    headers: json,
    body: '{}',
    status: 400,
    code: 'TAG_INVALID',
  },
  { name: 'the reading of a bad tag', method: 'GET', path: '/v2/bad/manifests/.hidden', status: 404 },
  {
    name: 'a manifest under the digest of another',
    method: 'PUT',
    path: `/v2/bad/manifests/${absent}`,
    headers: json,
    body: image.manifest.toString(),
    status: 400,
    code: 'DIGEST_INVALID',
  },
  {
    name: 'a manifest whose blobs were never sent',
    method: 'PUT',
    path: '/v2/bad/manifests/v2',
    headers: json,
    body: stranger.manifest.toString(),
    status: 404,
    code: 'BLOB_UPLOAD_UNKNOWN',
  },
  {
    name: 'an index whose images were never sent',
    method: 'PUT',
    path: '/v2/bad/manifests/v2',
    headers: { 'content-type': mediaTypes.ociIndex },
    body: makeIndex([stranger]).manifest.toString(),
    status: 404,
    code: 'MANIFEST_BLOB_UNKNOWN',
  },
  { name: 'a path that is none', method: 'GET', path: '/v2/bad/nothing/here', status: 404 },
  { name: 'a name with capitals', method: 'GET', path: '/v2/Bad/tags/list', status: 405, code: 'UNSUPPORTED' },
  { name: 'an encoded slash', method: 'GET', path: '/v2/bad%2Fworse/tags/list', status: 405, code: 'UNSUPPORTED' },
  { name: 'a malformed escape', method: 'GET', path: '/v2/bad/manifests/%zz', status: 404 },
];

describe('bad input', () => {
  let server: Stowage;
  let registry: Registry;

  beforeAll(async () => {
    server = await startStowage();
    registry = registryAt(server.url, (await logIn(server)).authorization);
    await createRepositories(server, 'bad');
    await registry.pushImage('bad', image, 'v1');
  });

  afterAll(async () => {
    await server?.close();
  });

  /** What was there before is there still, whole. */
  async function expectServesOn(): Promise<void> {
    expect(await expectStatus(await registry.getManifest('bad', 'v1'), 200)).toEqual(image.manifest);
    expect(server.child.isRunning()).toBe(true);
  }

  for (const row of rows) {
    test(`${row.name}: ${row.status} ${row.code ?? ''}`, async () => {
      const { method, headers = {}, body = null } = row;
      const response = await registry.send(method, row.path, { headers, body });
      const text = await response.text();
      expect(response.status, text).toBe(row.status);
      expect(response.headers.get('content-type')).toMatch(/^application\/json/);
      const { errors } = JSON.parse(text) as { errors: { code: string; message: string }[] };
      expect(errors).toHaveLength(1);
      const { code = expect.stringMatching(/^[A-Z_]+$/), message = expect.stringMatching(/\S/) } = row;
      expect(errors[0]).toEqual({ code, message });
      await expectServesOn();
    });
  }

  test('a blob with other bytes than its digest, which is then not there', async () => {
    const response = await registry.finishUpload(await registry.startUpload('bad'), absent, Buffer.from('other'));
    const body = JSON.parse((await expectStatus(response, 400)).toString()) as { errors: { code: string }[] };
    expect(body.errors[0]?.code).toBe('DIGEST_INVALID');
    await expectStatus(await registry.getBlob('bad', absent), 404);
  });

  test('a chunk out of order: 416, which tells where the upload stands', async () => {
    const bytes = Buffer.from('the bytes of an upload');
    const session = await registry.startUpload('bad');
    const next = await registry.sendChunk(session, bytes.subarray(0, 8), 0);
    const headers = { 'content-range': '12-15', 'content-type': 'application/octet-stream' };
    const refused = await registry.send('PATCH', next, { headers, body: 'abcd' });
    await expectStatus(refused, 416);
    expect(refused.headers.get('range')).toBe('0-7');
    await expectStatus(await registry.finishUpload(next, digestOf(bytes), bytes.subarray(8)), 201);
    expect(await expectStatus(await registry.getBlob('bad', digestOf(bytes)), 200)).toEqual(bytes);
  });

  test('no credentials: the plain words and the challenge of the service', async () => {
    const response = await registryAt(server.url).send('GET', '/v2/');
    expect((await expectStatus(response, 401)).toString()).toBe('Not Authorized\n');
    expect(response.headers.get('www-authenticate')).toBe(`Basic realm="${server.url}/",service="ecr.amazonaws.com"`);
  });

  test('credentials that are none: 401, the challenge, and a reason', async () => {
    for (const authorization of ['Basic', 'Basic %%%', 'Basic QVdTOm5vbmU=', 'Bearer none', 'Digest x', 'Basic QVdT']) {
      const response = await registryAt(server.url, authorization).send('GET', '/v2/');
      const body = (await expectStatus(response, 401)).toString();
      expect(response.headers.get('www-authenticate'), authorization).toMatch(/^Basic realm=/);
      expect(body).toMatch(/Not Authorized|"code":"UNAUTHORIZED"/);
    }
  });

  test('API calls that are none: 400 or 403 or 404, each with a type', async () => {
    const send = async (headers: Record<string, string>, body: string): Promise<Response> =>
      await fetch(server.url, { method: 'POST', headers, body });
    for (const [headers, body] of [
      [target, '{}'],
      [{ ...target, authorization: 'AWS4-HMAC-SHA256 nonsense' }, '{}'],
      [
        {
          ...target,
          authorization: 'AWS4-HMAC-SHA256 Credential=AKIA/x/y/ecr/aws4_request, SignedHeaders=host, Signature=0',
        },
        '{}',
      ],
      [{ ...target, 'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.Nothing' }, '{}'],
      [{ 'content-type': 'application/x-www-form-urlencoded' }, 'Action=GetCallerIdentity&Version=2011-06-15'],
      [{ 'content-type': 'text/plain' }, 'hello'],
    ] as [Record<string, string>, string][]) {
      const response = await send(headers, body);
      const text = await response.text();
      expect([400, 403, 404], `${JSON.stringify(headers)} ${text}`).toContain(response.status);
      expect(text).toMatch(/"__type":"\w+"|<Code>\w+<\/Code>|"code":"\w+"/);
    }
    await expectServesOn();
  });

  test('bytes that are not HTTP, a TLS hello among them, are answered 400 or cut off', async () => {
    const hello = Buffer.from('16030100c8010000c40303', 'hex');
    for (const bytes of [
      hello,
      Buffer.from('\0\0\0\0'),
      Buffer.from('GET / HTTP/9.9\r\n\r\n'),
      Buffer.from('x'.repeat(100_000)),
    ]) {
      const socket = connect(server.port, '127.0.0.1');
      const chunks: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      socket.on('error', () => {
        // a reset is an answer, too
      });
      socket.write(bytes);
      await new Promise((resolve) => socket.once('close', resolve));
      expect(Buffer.concat(chunks).toString('latin1')).toMatch(/^$|^HTTP\/1\.1 4\d\d /);
    }
    await expectServesOn();
  });
});
