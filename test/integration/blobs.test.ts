import { DeleteRepositoryCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeDoomedBlobs } from '../../src/core/layers/collect.ts';
import { blobOf, startApp, type Answer, type RunningApp } from '../support/app.ts';
import { seededBytes, type Blob } from '../support/images.ts';
import { registryAt } from '../support/registry.ts';
import type { Credentials } from '../support/stowage.ts';

const mebi = 1024 * 1024;

let app: RunningApp;
const small = blobOf(seededBytes('small', 1000));
const large = blobOf(seededBytes('large', 3 * mebi + 4321));

beforeAll(async () => {
  app = await startApp({ repositories: ['team/app'] });
  for (const blob of [small, large]) await app.registry.pushBlob('team/app', blob);
});

afterAll(async () => {
  await app.close();
});

/** Not fetch, which adds to some of these headers. */
async function read(blob: Blob, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const authorization = { authorization: app.authorization };
  return await app.ask(method, `/v2/team/app/blobs/${blob.digest}`, { ...authorization, ...headers });
}

describe.each([
  ['small', small],
  ['large', large],
])('a %s layer', (_name, blob) => {
  const size = blob.bytes.length;

  test('is read whole, with its digest as ETag', async () => {
    const { status, headers, body } = await read(blob);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-length': String(size),
      'docker-content-digest': blob.digest,
      etag: `"${blob.digest}"`,
      'accept-ranges': 'bytes',
    });
    expect(body.equals(blob.bytes)).toBe(true);
  });

  test('answers HEAD with the same headers and no body', async () => {
    const { status, headers, body } = await read(blob, {}, 'HEAD');
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-length': String(size),
      'docker-content-digest': blob.digest,
      etag: `"${blob.digest}"`,
    });
    expect(body.length).toBe(0);
  });

  test.each([
    ['the first byte', 'bytes=0-0', 0, 1],
    ['the last byte', `bytes=${size - 1}-${size - 1}`, size - 1, size],
    ['a suffix', 'bytes=-300', size - 300, size],
    ['a suffix longer than the layer', `bytes=-${size + 1}`, 0, size],
    ['an open range', 'bytes=990-', 990, size],
    ['a range that ends behind the layer', `bytes=500-${size + 1000}`, 500, size],
    ['all of it', 'bytes=0-', 0, size],
  ])('gives %s', async (_what, range, start, end) => {
    const { status, headers, body } = await read(blob, { range });
    expect(status).toBe(206);
    expect(headers['content-range']).toBe(`bytes ${start}-${end - 1}/${size}`);
    expect(headers['content-length']).toBe(String(end - start));
    expect(body.equals(blob.bytes.subarray(start, end))).toBe(true);
  });

  test.each([`bytes=${size}-`, `bytes=${size + 5}-${size + 9}`, 'bytes=-0'])(
    'refuses %s as not satisfiable',
    async (range) => {
      const { status, headers } = await read(blob, { range });
      expect(status).toBe(416);
      expect(headers['content-range']).toBe(`bytes */${size}`);
    },
  );

  test.each(['bytes=', 'bytes=-', 'bytes=b-a', 'bytes=5-2', 'bytes 0-1', 'lines=0-1', 'bytes=0-1,5-6'])(
    'is given whole for %s',
    async (range) => {
      const { status, body } = await read(blob, { range });
      expect(status).toBe(200);
      expect(body.equals(blob.bytes)).toBe(true);
    },
  );

  test('obeys If-Range: the range for its own ETag, else all of it', async () => {
    const range = 'bytes=10-19';
    const own = await read(blob, { range, 'if-range': `"${blob.digest}"` });
    expect([own.status, own.body.length]).toEqual([206, 10]);
    const other = await read(blob, { range, 'if-range': '"sha256:00"' });
    expect([other.status, other.body.length]).toEqual([200, size]);
    const date = await read(blob, { range, 'if-range': 'Wed, 21 Oct 2026 07:28:00 GMT' });
    expect([date.status, date.body.length]).toEqual([200, size]);
  });

  test('obeys If-None-Match: 304 without a body for its own ETag, else all of it', async () => {
    const own = await read(blob, { 'if-none-match': `"sha256:00", "${blob.digest}"` });
    expect([own.status, own.body.length]).toEqual([304, 0]);
    expect(own.headers.etag).toBe(`"${blob.digest}"`);
    const other = await read(blob, { 'if-none-match': '"sha256:00"' });
    expect([other.status, other.body.length]).toEqual([200, size]);
  });
});

test('a range over any boundary of the sealed segments is exact', async () => {
  const marks = [mebi, 2 * mebi, 3 * mebi];
  for (const mark of marks) {
    for (const [start, end] of [
      [mark - 1, mark],
      [mark, mark + 1],
      [mark - 1, mark + 1],
      [mark - 1000, mark + 1000],
      [mark - mebi, mark + 4321],
    ] as const) {
      const { status, body } = await read(large, { range: `bytes=${start}-${end - 1}` });
      expect(status).toBe(206);
      expect(body.equals(large.bytes.subarray(start, end)), `${start} to ${end}`).toBe(true);
    }
  }
});

test('a layer is read by many at once', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, async () => await read(large)));
  for (const { body } of answers) expect(body.equals(large.bytes)).toBe(true);
});

test('a client that goes away in the middle of a layer disturbs nobody', async () => {
  const stop = new AbortController();
  const response = await app.registry.send('GET', `/v2/team/app/blobs/${large.digest}`, { signal: stop.signal });
  await response.body?.getReader().read();
  stop.abort();
  expect((await read(large)).body.equals(large.bytes)).toBe(true);
});

test('a layer that is not there is unknown, to HEAD without a body', async () => {
  const missing = blobOf(Buffer.from('never pushed'));
  const { status, body } = await read(missing);
  expect(status).toBe(404);
  expect(JSON.parse(body.toString())).toMatchObject({ errors: [{ code: 'BLOB_UNKNOWN' }] });
  const head = await read(missing, {}, 'HEAD');
  expect([head.status, head.body.length]).toEqual([404, 0]);
});

test('a layer cannot be deleted by itself', async () => {
  const { status, headers, body } = await read(small, {}, 'DELETE');
  expect(status).toBe(405);
  expect(headers.allow).toMatch(/GET/);
  expect(JSON.parse(body.toString())).toMatchObject({ errors: [{ code: 'UNSUPPORTED' }] });
  expect((await read(small)).status).toBe(200);
});

describe('the same bytes in two repositories', () => {
  const shared = blobOf(seededBytes('shared', mebi + 99));

  test('must be sent to each of them', async () => {
    await app.createRepositories(['share/one', 'share/two']);
    await app.registry.pushBlob('share/one', shared);
    expect((await app.registry.send('HEAD', `/v2/share/two/blobs/${shared.digest}`)).status).toBe(404);
  });

  test('are stored once', async () => {
    const before = await app.files();
    await app.registry.pushBlob('share/two', shared);
    // the bytes that were sent again go with the next run of the collector
    await removeDoomedBlobs(app.app, app.now());
    expect(await app.files()).toEqual(before);
  });

  test('stay readable when one of the repositories is deleted', async () => {
    await app.ecr().send(new DeleteRepositoryCommand({ repositoryName: 'share/one', force: true }));
    expect((await app.registry.getBlob('share/one', shared.digest)).status).toBe(404);
    const response = await app.registry.getBlob('share/two', shared.digest);
    expect(Buffer.from(await response.arrayBuffer()).equals(shared.bytes)).toBe(true);
  });

  test('are kept apart for every account and every region', async () => {
    const other = (await app.admin('accounts.create', { account: '210987654321' })) as Credentials;
    const places = [{ credentials: other }, { region: 'us-west-2' }];
    const before = await app.files();
    for (const place of places) {
      await app.createRepositories(['share/two'], place);
      const registry = registryAt(app.url, await app.logIn(place));
      expect((await registry.send('HEAD', `/v2/share/two/blobs/${shared.digest}`)).status).toBe(404);
      await registry.pushBlob('share/two', shared);
      const response = await registry.getBlob('share/two', shared.digest);
      expect(Buffer.from(await response.arrayBuffer()).equals(shared.bytes)).toBe(true);
    }
    expect((await app.files()).length).toBe(before.length + places.length);
  });
});
