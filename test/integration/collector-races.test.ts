import { BatchDeleteImageCommand } from '@aws-sdk/client-ecr';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dropExpiredLinks, dropIdleUploads } from '../../src/core/layers/collect.ts';
import type { Reader } from '../../src/store/db.ts';
import { blobOf, startApp, type RunningApp } from '../support/app.ts';
import { collect, isReadable as readable, isWhole as whole, pass as advance, strays } from '../support/collector.ts';
import { blobsOf, seededBytes, seededImage, type Blob, type Image } from '../support/images.ts';

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
  app = await startApp({ limits: { lease, uploadLife, deletionGrace, layerInRow }, repositories: ['team/app'] });
});

afterEach(async () => {
  try {
    expect(await strays(app), 'files that no row names').toEqual([]);
  } finally {
    await app.close();
  }
});

const pass = async (milliseconds: number): Promise<void> => await advance(app, milliseconds);

const head = async (digest: string): Promise<number> =>
  (await app.registry.send('HEAD', `/v2/team/app/blobs/${digest}`)).status;

const isReadable = async (blob: Blob): Promise<boolean> => await readable(app, 'team/app', blob);

const isWhole = async (image: Image, reference: string): Promise<boolean> =>
  await whole(app, 'team/app', image, reference);

const deleteImage = async (imageDigest: string): Promise<void> => {
  await app.ecr().send(new BatchDeleteImageCommand({ repositoryName: 'team/app', imageIds: [{ imageDigest }] }));
};

describe('between the look of the collector and its step', () => {
  /** The registry's parts, where something happens after the first look into the store and before the write. */
  function interrupted(happens: () => Promise<void>): RunningApp['app'] {
    const { store } = app.app;
    const all: Reader['all'] = async (statement, parameters) => {
      const rows = await store.read.all(statement, parameters);
      expect(rows).not.toEqual([]);
      await happens();
      return rows;
    };
    const read: Reader = { all, first: store.read.first.bind(store.read) };
    return { ...app.app, store: { ...store, read, write: store.write.bind(store), close: async () => undefined } };
  }

  test('an image may come, and its layers stay', async () => {
    const image = seededImage('just in time', 2);
    for (const blob of blobsOf(image)) await app.registry.pushBlob('team/app', blob);
    app.advance(lease + minute);
    const put = async (): Promise<void> => {
      expect((await app.registry.putManifest('team/app', 'latest', image)).status).toBe(201);
    };
    expect(await dropExpiredLinks(interrupted(put), app.now())).toBe(0);
    await pass(deletionGrace + minute);
    expect(await isWhole(image, 'latest')).toBe(true);
  });

  test('a client may be told that a layer is there, which stays then', async () => {
    const blob = blobOf(seededBytes('asked for', 3000));
    await app.registry.pushBlob('team/app', blob);
    app.advance(lease + minute);
    const ask = async (): Promise<void> => expect(await head(blob.digest)).toBe(200);
    expect(await dropExpiredLinks(interrupted(ask), app.now())).toBe(0);
    await pass(deletionGrace + minute);
    expect(await isReadable(blob)).toBe(true);
  });

  test('an upload may go on, and stays', async () => {
    const blob = blobOf(seededBytes('woken', 3 * mebi));
    const session = await app.registry.startUpload('team/app');
    await app.registry.sendChunk(session, blob.bytes.subarray(0, mebi), 0);
    app.advance(uploadLife + minute);
    const send = async (): Promise<void> => {
      await app.registry.sendChunk(session, blob.bytes.subarray(mebi), mebi);
    };
    expect(await dropIdleUploads(interrupted(send), app.now())).toBe(0);
    expect((await app.registry.finishUpload(session, blob.digest)).status).toBe(201);
    expect(await isReadable(blob)).toBe(true);
  });

  test('the upload may be finished, and the layer stays', async () => {
    const blob = blobOf(seededBytes('finished in time', 3 * mebi));
    const session = await app.registry.startUpload('team/app');
    await app.registry.sendChunk(session, blob.bytes, 0);
    app.advance(uploadLife + minute);
    const finish = async (): Promise<void> => {
      expect((await app.registry.finishUpload(session, blob.digest)).status).toBe(201);
    };
    expect(await dropIdleUploads(interrupted(finish), app.now())).toBe(0);
    await collect(app);
    expect(await isReadable(blob)).toBe(true);
  });
});

test('nothing that was acknowledged is lost while pushes, deletions and the collector run at once', async () => {
  await app.close();
  const short = { lease: 2000, deletionGrace: 500, uploadLife: minute, layerInRow };
  app = await startApp({ limits: short, repositories: ['team/app'] });
  const stop = new AbortController();
  const collecting = (async () => {
    while (!stop.signal.aborted) {
      await pass(short.lease / 5);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  const kept = new Map<string, Image>();
  const refused: number[] = [];
  const push = async (writer: number): Promise<void> => {
    for (let round = 0; round < 8; round++) {
      // layers are shared between writers and rounds, so that leases end while others begin
      const image = seededImage(`race ${round % 3}`, 2, 1500, {
        labels: { writer: String(writer), round: String(round) },
      });
      const tag = `w${writer}-${round}`;
      for (const blob of blobsOf(image)) await app.registry.pushBlob('team/app', blob);
      const { status } = await app.registry.putManifest('team/app', tag, image);
      if (status === 201) kept.set(tag, image);
      // a layer may have gone before the manifest came: the client is told, and would send it again
      else refused.push(status);
      if (status === 201 && round % 2 === 1) {
        await deleteImage(image.digest);
        kept.delete(tag);
      }
    }
  };
  try {
    await Promise.all([0, 1, 2].map(push));
  } finally {
    stop.abort();
    await collecting;
  }
  expect(new Set(refused).difference(new Set([404]))).toEqual(new Set());
  expect(kept.size).toBeGreaterThan(0);
  for (const [tag, image] of kept) expect(await isWhole(image, tag), tag).toBe(true);
  await pass(2 * short.lease);
  await pass(2 * short.deletionGrace);
  for (const [tag, image] of kept) expect(await isWhole(image, tag), tag).toBe(true);
  const needed = new Set([...kept.values()].flatMap(blobsOf).map((blob) => blob.digest));
  expect(await app.files()).toHaveLength(needed.size);
});
