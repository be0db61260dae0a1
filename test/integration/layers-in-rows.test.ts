import { createHash } from 'node:crypto';
import { BatchDeleteImageCommand, PutAccountSettingCommand } from '@aws-sdk/client-ecr';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { blobOf, startApp, type RunningApp } from '../support/app.ts';
import { isReadable, isWhole, pass } from '../support/collector.ts';
import { blobsOf, seededBytes, seededImage } from '../support/images.ts';

/* Layers that are so short that their bytes lie in the row of their blob. */

const minute = 60_000;
const lease = 200 * minute;
const deletionGrace = 10 * minute;
const layerInRow = 2000;
const longest = blobOf(seededBytes('longest in a row', layerInRow));

let app: RunningApp;

beforeEach(async () => {
  const limits = { lease, deletionGrace, uploadLife: 90 * minute, layerInRow };
  app = await startApp({ limits, repositories: ['team/app', 'team/other'] });
});

afterEach(async () => await app.close());

const head = async (digest: string): Promise<number> =>
  (await app.registry.send('HEAD', `/v2/team/app/blobs/${digest}`)).status;

test('a layer has no file up to the limit, and one from there on', async () => {
  await app.registry.pushBlob('team/app', longest);
  expect(await app.files()).toEqual([]);
  const longer = blobOf(seededBytes('longer', layerInRow + 1));
  await app.registry.pushBlob('team/app', longer);
  expect(await app.files()).toHaveLength(1);
  for (const blob of [longest, longer]) expect(await isReadable(app, 'team/app', blob)).toBe(true);
});

test('it is given in ranges, and after a restart', async () => {
  await app.registry.pushBlob('team/app', longest);
  await app.restart();
  const path = `/v2/team/app/blobs/${longest.digest}`;
  const answer = await app.registry.send('GET', path, { headers: { range: 'bytes=100-199' } });
  expect([answer.status, answer.headers.get('content-range')]).toEqual([206, `bytes 100-199/${layerInRow}`]);
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(longest.bytes.subarray(100, 200));
});

test('an upload of it goes on after its first bytes, and after a restart', async () => {
  const session = await app.registry.startUpload('team/app');
  const path = new URL(session, app.url).pathname;
  const patch = async (from: number, to: number): Promise<number> => {
    const headers = { 'content-range': `${from}-${to - 1}`, 'content-type': 'application/octet-stream' };
    return (await app.registry.send('PATCH', path, { headers, body: longest.bytes.subarray(from, to) })).status;
  };
  expect(await patch(0, 500)).toBe(202);
  await app.restart();
  expect(await patch(500, 1500)).toBe(202);
  expect(await patch(1500, layerInRow)).toBe(202);
  const done = await app.registry.send('PUT', `${path}?digest=${longest.digest}`);
  expect(done.status).toBe(201);
  expect(await app.files()).toEqual([]);
  expect(await isReadable(app, 'team/app', longest)).toBe(true);
});

test('an upload of it ends under another algorithm', async () => {
  const path = new URL(await app.registry.startUpload('team/app'), app.url).pathname;
  expect((await app.registry.send('PATCH', path, { body: longest.bytes })).status).toBe(202);
  const digest = `sha512:${createHash('sha512').update(longest.bytes).digest('hex')}`;
  expect((await app.registry.send('PUT', `${path}?digest=${digest}`)).status).toBe(201);
  expect(await isReadable(app, 'team/app', { ...longest, digest })).toBe(true);
});

describe('its bytes', () => {
  test('go with the last row, and it can be pushed again at once', async () => {
    await app.registry.pushBlob('team/app', longest);
    await pass(app, lease + minute);
    expect(await head(longest.digest)).toBe(404);
    await app.registry.pushBlob('team/app', longest);
    await pass(app, deletionGrace + minute);
    expect(await isReadable(app, 'team/app', longest)).toBe(true);
  });

  test('are shared by the repositories that hold the layer', async () => {
    await app.ecr().send(new PutAccountSettingCommand({ name: 'BLOB_MOUNTING', value: 'ENABLED' }));
    const image = seededImage('shared', 2, 1000);
    await app.registry.pushImage('team/app', image, 'v1');
    for (const { digest } of blobsOf(image)) {
      const mount = `/v2/team/other/blobs/uploads/?mount=${digest}&from=team/app`;
      expect((await app.registry.send('POST', mount)).status).toBe(201);
    }
    expect((await app.registry.putManifest('team/other', 'v1', image)).status).toBe(201);
    const imageIds = [{ imageDigest: image.digest }];
    await app.ecr().send(new BatchDeleteImageCommand({ repositoryName: 'team/app', imageIds }));
    await pass(app, lease + minute);
    expect(await isWhole(app, 'team/other', image, 'v1')).toBe(true);
    expect(await head(blobsOf(image)[0]?.digest ?? '')).toBe(404);
  });

  test('leave no file behind that an attempt has written and not committed', async () => {
    const path = new URL(await app.registry.startUpload('team/app'), app.url).pathname;
    const { store } = app.app;
    const write = store.write.bind(store);
    // The body is in its file, and the commit that would make it count fails.
    store.write = () => Promise.reject(new Error('no commit'));
    const refused = await app.registry.send('PATCH', path, { body: seededBytes('lost', 5000) });
    store.write = write;
    expect(refused.status).toBe(500);
    expect(await app.files()).toHaveLength(1);
    expect((await app.registry.send('PATCH', path, { body: longest.bytes })).status).toBe(202);
    expect((await app.registry.send('PUT', `${path}?digest=${longest.digest}`)).status).toBe(201);
    await pass(app, 181 * minute);
    expect(await app.files()).toEqual([]);
  });
});
