import { BatchDeleteImageCommand, DeleteRepositoryCommand } from '@aws-sdk/client-ecr';
import { copyFile, mkdir, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { blobOf, startApp, type RunningApp } from '../support/app.ts';
import { collect, isReadable as readable, isWhole as whole, pass as advance, strays } from '../support/collector.ts';
import { blobsOf, makeIndex, seededBytes, seededImage, type Blob, type Image } from '../support/images.ts';

const minute = 60_000;
const mebi = 1024 * 1024;
/** Long enough that the collector of the running registry does not wake up in a test, short on the turned clock. */
const lease = 60 * minute;
const uploadLife = 90 * minute;
const deletionGrace = 10 * minute;
/** Every layer has a file, however short. */
const layerInRow = 0;

let app: RunningApp;

beforeEach(async () => {
  app = await startApp({
    limits: { lease, uploadLife, deletionGrace, layerInRow },
    repositories: ['team/app', 'team/other'],
  });
});

afterEach(async () => {
  try {
    expect(await strays(app), 'files that no row names').toEqual([]);
  } finally {
    await app.close();
  }
});

const pass = async (milliseconds: number): Promise<void> => await advance(app, milliseconds);

const head = async (digest: string, repository = 'team/app'): Promise<number> =>
  (await app.registry.send('HEAD', `/v2/${repository}/blobs/${digest}`)).status;

const isReadable = async (blob: Blob, repository = 'team/app'): Promise<boolean> =>
  await readable(app, repository, blob);

const isWhole = async (image: Image, reference: string): Promise<boolean> =>
  await whole(app, 'team/app', image, reference);

const deleteImage = async (imageDigest: string): Promise<void> => {
  await app.ecr().send(new BatchDeleteImageCommand({ repositoryName: 'team/app', imageIds: [{ imageDigest }] }));
};

describe('a layer that no image refers to', () => {
  const blob = blobOf(seededBytes('alone', 3000));

  test('stays for its lease, goes then, and its bytes after the grace period', async () => {
    await app.registry.pushBlob('team/app', blob);
    await pass(lease - minute);
    expect(await isReadable(blob)).toBe(true);
    await pass(2 * minute);
    expect(await head(blob.digest)).toBe(404);
    expect(await app.files()).toHaveLength(1);
    await pass(deletionGrace + 1000);
    expect(await app.files()).toEqual([]);
  });

  test('has its lease renewed by HEAD', async () => {
    await app.registry.pushBlob('team/app', blob);
    await pass(lease - minute);
    expect(await head(blob.digest)).toBe(200);
    await pass(lease - minute);
    expect(await isReadable(blob)).toBe(true);
    await pass(2 * minute);
    expect(await head(blob.digest)).toBe(404);
  });

  test('is kept for half a lease at least by any HEAD', async () => {
    await app.registry.pushBlob('team/app', blob);
    for (let i = 0; i < 6; i++) {
      await pass(lease / 2 - minute);
      expect(await head(blob.digest)).toBe(200);
    }
  });

  test('has its lease renewed by being pushed again', async () => {
    await app.registry.pushBlob('team/app', blob);
    await pass(lease - minute);
    const session = await app.registry.startUpload('team/app');
    expect((await app.registry.finishUpload(session, blob.digest, blob.bytes)).status).toBe(201);
    await pass(lease - minute);
    expect(await isReadable(blob)).toBe(true);
    expect(await app.files()).toHaveLength(1);
  });

  test('can be pushed again before and after its bytes are removed', async () => {
    for (const wait of [0, deletionGrace + 1000]) {
      await app.registry.pushBlob('team/app', blob);
      await pass(lease + minute);
      await pass(wait);
      expect(await head(blob.digest)).toBe(404);
    }
    await app.registry.pushBlob('team/app', blob);
    await pass(deletionGrace + 1000);
    expect(await isReadable(blob)).toBe(true);
    expect(await app.files()).toHaveLength(1);
  });

  test('goes from one repository and stays in another, bytes included', async () => {
    await app.registry.pushBlob('team/app', blob);
    await pass(lease / 2);
    await app.registry.pushBlob('team/other', blob);
    await pass(lease / 2 + minute);
    await pass(deletionGrace + 1000);
    expect(await head(blob.digest)).toBe(404);
    expect(await isReadable(blob, 'team/other')).toBe(true);
  });

  test('is refused to a manifest that comes too late', async () => {
    const image = seededImage('too late');
    for (const one of blobsOf(image)) await app.registry.pushBlob('team/app', one);
    await pass(lease + minute);
    expect((await app.registry.putManifest('team/app', 'late', image)).status).toBe(404);
    await app.registry.pushImage('team/app', image, 'late');
    expect(await isWhole(image, 'late')).toBe(true);
  });
});

describe('a layer that an image refers to', () => {
  test('stays for as long as the image does', async () => {
    const image = seededImage('kept', 2);
    await app.registry.pushImage('team/app', makeIndex([image]), 'latest');
    for (let i = 0; i < 3; i++) await pass(3 * lease);
    expect(await isWhole(image, image.digest)).toBe(true);
  });

  test('goes after lease and grace when the image is deleted', async () => {
    const image = seededImage('deleted', 2);
    await app.registry.pushImage('team/app', image, 'latest');
    await pass(5 * lease);
    await deleteImage(image.digest);
    await pass(lease - minute);
    for (const blob of blobsOf(image)) expect(await isReadable(blob)).toBe(true);
    await pass(2 * minute);
    await pass(2 * minute);
    const files = await app.files();
    expect(files).toHaveLength(blobsOf(image).length);
    await pass(deletionGrace);
    expect(await app.files()).toEqual([]);
  });

  test('stays when the image is pushed again within the lease', async () => {
    const image = seededImage('back again', 2);
    await app.registry.pushImage('team/app', image, 'latest');
    await deleteImage(image.digest);
    await pass(lease - minute);
    expect((await app.registry.putManifest('team/app', 'latest', image)).status).toBe(201);
    await pass(10 * lease);
    expect(await isWhole(image, 'latest')).toBe(true);
  });

  test('stays while another image refers to it', async () => {
    const [image, other] = ['one', 'two'].map((label) => seededImage('shared layer', 2, 2000, { labels: { label } }));
    if (!image || !other) throw new Error('two images are needed');
    expect(image.layers).toEqual(other.layers);
    await app.registry.pushImage('team/app', image, 'one');
    await app.registry.pushImage('team/app', other, 'two');
    await deleteImage(image.digest);
    await pass(lease + minute);
    await pass(deletionGrace + minute);
    expect(await isWhole(other, 'two')).toBe(true);
    expect(await head(image.config?.digest ?? '')).toBe(404);
  });

  test('goes after the grace period when its repository is deleted with force', async () => {
    const image = seededImage('forced', 2);
    await app.registry.pushImage('team/app', image, 'latest');
    await app.ecr().send(new DeleteRepositoryCommand({ repositoryName: 'team/app', force: true }));
    await pass(deletionGrace - minute);
    expect(await app.files()).toHaveLength(blobsOf(image).length);
    await pass(2 * minute);
    expect(await app.files()).toEqual([]);
  });
});

describe('an upload', () => {
  test.each([2000, 2 * mebi])('of %i bytes that rests too long goes, and its bytes with it', async (size) => {
    const session = await app.registry.startUpload('team/app');
    await app.registry.sendChunk(session, seededBytes('idle', size), 0);
    await pass(uploadLife - minute);
    expect((await app.registry.send('GET', session)).status).toBe(204);
    await pass(2 * minute);
    expect((await app.registry.send('GET', session)).status).toBe(404);
    expect((await app.registry.send('PATCH', session, { body: 'more' })).status).toBe(404);
    expect(await app.files()).toEqual([]);
  });

  test('that goes on now and then stays', async () => {
    const session = await app.registry.startUpload('team/app');
    const blob = blobOf(seededBytes('slow', 4 * mebi));
    for (let start = 0; start < blob.bytes.length; start += mebi) {
      await app.registry.sendChunk(session, blob.bytes.subarray(start, start + mebi), start);
      await pass(uploadLife - minute);
    }
    expect((await app.registry.finishUpload(session, blob.digest)).status).toBe(201);
    expect(await isReadable(blob)).toBe(true);
  });

  test('that was cancelled leaves nothing', async () => {
    const session = await app.registry.startUpload('team/app');
    await app.registry.sendChunk(session, seededBytes('cancelled', 2 * mebi), 0);
    expect((await app.registry.send('DELETE', session)).status).toBe(204);
    await collect(app);
    expect(await app.files()).toEqual([]);
  });

  test('to a repository that was deleted leaves nothing', async () => {
    const session = await app.registry.startUpload('team/app');
    await app.registry.sendChunk(session, seededBytes('orphaned', 2 * mebi), 0);
    await app.ecr().send(new DeleteRepositoryCommand({ repositoryName: 'team/app', force: true }));
    await pass(deletionGrace + minute);
    expect(await app.files()).toEqual([]);
  });
});

test('a pull that is under way ends although its layer is removed', async () => {
  const blob = blobOf(seededBytes('long pull', 24 * mebi));
  await app.registry.pushBlob('team/app', blob);
  const response = await app.registry.getBlob('team/app', blob.digest);
  const reader = response.body?.getReader();
  const pieces = [await reader?.read()];
  await pass(lease + minute);
  await pass(deletionGrace + minute);
  expect(await app.files()).toEqual([]);
  while (!pieces.at(-1)?.done) pieces.push(await reader?.read());
  const body = Buffer.concat(pieces.flatMap((piece) => (piece?.value ? [piece.value] : [])));
  expect(body.equals(blob.bytes)).toBe(true);
});

test('bytes that no row names go when they are old, and nothing else does', async () => {
  const blob = blobOf(seededBytes('named', 3000));
  await app.registry.pushBlob('team/app', blob);
  const root = join(app.dataFolder, 'blobs');
  const [file = ''] = await app.files();
  const [old, young] = ['o', 'y'].map((letter) => join(letter, letter.repeat(32)));
  if (old === undefined || young === undefined) throw new Error('two names are needed');
  for (const name of [old, young]) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await copyFile(join(root, file), join(root, name));
  }
  const past = new Date(app.now() - 2 * uploadLife - minute);
  await utimes(join(root, old), past, past);
  await collect(app);
  expect(await app.files()).toEqual([file, young].toSorted());
  await pass(2 * uploadLife + minute);
  await app.registry.pushBlob('team/app', blob);
  expect(await isReadable(blob)).toBe(true);
  expect(await app.files()).not.toContain(young);
});
