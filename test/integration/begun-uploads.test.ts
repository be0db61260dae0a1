import {
  CompleteLayerUploadCommand,
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  InitiateLayerUploadCommand,
  UploadLayerPartCommand,
} from '@aws-sdk/client-ecr';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { statement } from '../../src/store/db.ts';
import { findRepository } from '../../src/store/repositories.ts';
import { insertUpload } from '../../src/store/uploads.ts';
import { account, blobOf, region, startApp, type RunningApp } from '../support/app.ts';
import { collect, isReadable, pass, strays } from '../support/collector.ts';
import { seededBytes } from '../support/images.ts';

/* Uploads that have begun: an id proves them, and they have no row before their first bytes. */

const minute = 60_000;
const mebi = 1024 * 1024;
const uploadLife = 90 * minute;
const limits = { lease: 1000 * minute, uploadLife, deletionGrace: 10 * minute };

let app: RunningApp;

beforeEach(async () => {
  app = await startApp({ limits, repositories: ['team/app', 'team/other'] });
});

afterEach(async () => {
  try {
    expect(await strays(app), 'files that no row names').toEqual([]);
  } finally {
    await app.close();
  }
});

type Nothing = Record<string, never>;
const allUploads = statement<Nothing>()((db) => db.selectFrom('upload').select('id'));
const allEnded = statement<Nothing>()((db) => db.selectFrom('ended_upload').select('id'));
const rows = async (): Promise<number> => (await app.app.store.read.all(allUploads, {})).length;
const ended = async (): Promise<number> => (await app.app.store.read.all(allEnded, {})).length;

const begin = async (repository = 'team/app'): Promise<string> =>
  new URL(await app.registry.startUpload(repository)).pathname;
const idOf = (session: string): string => session.slice(session.lastIndexOf('/') + 1);
const send = async (method: string, path: string, body?: Buffer): Promise<number> =>
  (await app.registry.send(method, path, body && { body: new Uint8Array(body) })).status;

/** Everything that may be asked of an upload, and on both fronts, is answered as if it had never been. */
async function expectUnknown(session: string, repositoryName = 'team/app'): Promise<void> {
  const uploadId = idOf(session);
  const { digest } = blobOf(Buffer.alloc(0));
  for (const [method, path] of [
    ['GET', session],
    ['PATCH', session],
    ['PUT', `${session}?digest=${digest}`],
    ['DELETE', session],
  ] as const) {
    const answer = await app.registry.send(method, path, method === 'PATCH' ? { body: 'more' } : {});
    expect([method, answer.status], session).toEqual([method, 404]);
    expect(await answer.text()).toContain('BLOB_UPLOAD_UNKNOWN');
  }
  const part = { partFirstByte: 0, partLastByte: 0, layerPartBlob: Buffer.alloc(1) };
  for (const command of [
    new UploadLayerPartCommand({ repositoryName, uploadId, ...part }),
    new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests: [digest] }),
  ]) {
    await expect(app.ecr().send(command as UploadLayerPartCommand)).rejects.toMatchObject({
      name: 'UploadNotFoundException',
    });
  }
}

describe('an upload that has begun', () => {
  test('is there without a row, goes on after a restart, and has a row with its first bytes', async () => {
    const commits = app.app.store.commits;
    const session = await begin();
    expect(app.app.store.commits).toBe(commits);
    await app.restart();
    const answer = await app.registry.send('GET', session);
    expect([answer.status, answer.headers.get('range')]).toEqual([204, '0-0']);
    expect(await rows()).toBe(0);
    const { bytes, digest } = blobOf(seededBytes('begun', 2 * mebi));
    expect(await send('PATCH', session, bytes.subarray(0, mebi + 1))).toBe(202);
    expect(await rows()).toBe(1);
    await app.restart();
    expect(await send('PATCH', session, bytes.subarray(mebi + 1))).toBe(202);
    expect(await send('PUT', `${session}?digest=${digest}`)).toBe(201);
    expect(await isReadable(app, 'team/app', { bytes, digest, mediaType: '' })).toBe(true);
    expect(await rows()).toBe(0);
  });

  test('on the AWS API goes on on the OCI front, and the other way round', async () => {
    const { uploadId = '' } = await app.ecr().send(new InitiateLayerUploadCommand({ repositoryName: 'team/app' }));
    const { bytes, digest } = blobOf(seededBytes('both fronts', 500));
    expect(await send('PUT', `/v2/team/app/blobs/uploads/${uploadId}?digest=${digest}`, bytes)).toBe(201);
    const other = idOf(await begin());
    const part = { partFirstByte: 0, partLastByte: 499, layerPartBlob: bytes };
    const sent = await app
      .ecr()
      .send(new UploadLayerPartCommand({ repositoryName: 'team/app', uploadId: other, ...part }));
    expect(sent.lastByteReceived).toBe(499);
  });

  test('without a byte cannot be completed on the AWS API, and stays', async () => {
    const session = await begin();
    const names = { repositoryName: 'team/app', uploadId: idOf(session) };
    const complete = new CompleteLayerUploadCommand({ ...names, layerDigests: [blobOf(Buffer.alloc(0)).digest] });
    await expect(app.ecr().send(complete)).rejects.toMatchObject({ name: 'EmptyUploadException' });
    expect(await send('GET', session)).toBe(204);
  });

  test('stays as it was when its first bytes are refused, and leaves no file', async () => {
    const session = await begin();
    const { bytes, digest } = blobOf(seededBytes('refused at first', 2 * mebi));
    const wrong = blobOf(Buffer.from('wrong')).digest;
    expect(await send('PUT', `${session}?digest=${wrong}`, bytes)).toBe(400);
    const headers = { 'content-range': '0-9' };
    const short = await app.registry.send('PATCH', session, { headers, body: new Uint8Array(mebi - 1) });
    expect(short.status).toBe(400);
    const far = await app.registry.send('PATCH', session, { headers: { 'content-range': '5-9' }, body: 'abcde' });
    expect([far.status, far.headers.get('range')]).toEqual([416, '0-0']);
    expect(await app.files()).toEqual([]);
    expect(await rows()).toBe(0);
    expect(await send('PUT', `${session}?digest=${digest}`, bytes)).toBe(201);
  });

  test('lives as long as it may rest, and no longer', async () => {
    const [session, sibling] = [await begin(), await begin()];
    await pass(app, uploadLife - minute);
    expect(await send('GET', session)).toBe(204);
    expect(await send('PATCH', sibling, Buffer.from('in time'))).toBe(202);
    await pass(app, 2 * minute);
    await expectUnknown(session);
    await pass(app, uploadLife - 3 * minute);
    expect(await send('GET', sibling)).toBe(204);
  });
});

describe('an upload that has ended', () => {
  const { bytes, digest } = blobOf(seededBytes('ended', 3000));
  const empty = blobOf(Buffer.alloc(0)).digest;

  test.each<[string, (session: string) => Promise<unknown>]>([
    ['with its first bytes', (session) => send('PUT', `${session}?digest=${digest}`, bytes)],
    [
      'with bytes before',
      async (session) => {
        expect(await send('PATCH', session, bytes)).toBe(202);
        expect(await send('PUT', `${session}?digest=${digest}`)).toBe(201);
      },
    ],
    ['with nothing', (session) => send('PUT', `${session}?digest=${empty}`)],
    ['by being cancelled before its first byte', (session) => send('DELETE', session)],
    [
      'by being cancelled later',
      async (session) => {
        expect(await send('PATCH', session, bytes)).toBe(202);
        expect(await send('DELETE', session)).toBe(204);
      },
    ],
    [
      'of a layer that was there',
      async (session) => {
        await app.registry.pushBlob('team/app', blobOf(bytes));
        expect(await send('PUT', `${session}?digest=${digest}`, bytes)).toBe(201);
      },
    ],
  ])('%s is unknown from then on, after a restart too, until its id means nothing', async (_name, end) => {
    const session = await begin();
    await end(session);
    await expectUnknown(session);
    await app.restart();
    await expectUnknown(session);
    await pass(app, uploadLife - minute);
    await expectUnknown(session);
    await pass(app, 2 * uploadLife);
    await expectUnknown(session);
    expect(await ended()).toBe(0);
  });

  test('because it rested too long is unknown also to a registry that lets uploads rest longer', async () => {
    const session = await begin();
    app.advance(uploadLife - minute);
    expect(await send('PATCH', session, bytes)).toBe(202);
    // The row rests for less than its id would live.
    Object.assign(app.app.limits, { uploadLife: 10 });
    app.advance(20);
    await collect(app);
    Object.assign(app.app.limits, { uploadLife: 100 * uploadLife });
    expect(await rows()).toBe(0);
    await expectUnknown(session);
    Object.assign(app.app.limits, { uploadLife });
  });

  test('ends once: of two ends and cancels at once one wins', async () => {
    for (let round = 0; round < 5; round++) {
      const session = await begin();
      const one = blobOf(seededBytes(`round ${round}`, 100));
      const answers = await Promise.all([
        send('PUT', `${session}?digest=${one.digest}`, one.bytes),
        send('PUT', `${session}?digest=${one.digest}`, one.bytes),
        send('DELETE', session),
      ]);
      expect(answers.filter((status) => status < 300)).toHaveLength(1);
      expect(answers.filter((status) => status === 404)).toHaveLength(2);
    }
  });
});

describe('an id', () => {
  test('that nobody gave, or that was changed, is unknown', async () => {
    const session = await begin();
    await expectUnknown('/v2/team/app/blobs/uploads/00000000-0000-4000-8000-000000000000');
    await expectUnknown(`${session.slice(0, -1)}${session.endsWith('0') ? '1' : '0'}`);
    expect(await ended()).toBe(0);
  });

  test('is of its repository, and goes with it, though another one gets the name', async () => {
    const session = await begin();
    await expectUnknown(session.replace('team/app', 'team/other'), 'team/other');
    const repositoryName = 'team/app';
    await app.ecr().send(new DeleteRepositoryCommand({ repositoryName }));
    expect(await send('PATCH', session, Buffer.from('gone'))).toBe(404);
    await app.ecr().send(new CreateRepositoryCommand({ repositoryName }));
    await expectUnknown(session);
    expect(await send('GET', await begin())).toBe(204);
  });

  test('that was given when every upload had a row goes on by its row, and is unknown then', async () => {
    const uploadId = '3e1c7c58-0b3b-4c0a-9d0e-0d5f0e1a2b3c';
    const { bytes, digest } = blobOf(seededBytes('of old', 3000));
    const where = { account, region, name: 'team/app' };
    const row = await app.app.store.read.first(findRepository, where);
    if (!row) throw new Error('there is no repository');
    const { wrap } = await app.app.keyRing.newDataKey(row, 'upload', uploadId);
    const nothing = { received: 0, tail: null, whole: null };
    const old = { ...nothing, id: uploadId, repository: row.id, blob: 'o'.repeat(32), wrap, time: app.now() };
    await app.app.store.write((tx) => tx.run(insertUpload, { ...old, node: app.app.store.node }));
    const session = `/v2/${row.name}/blobs/uploads/${uploadId}`;
    expect(await send('GET', session)).toBe(204);
    expect(await send('PATCH', session, bytes.subarray(0, 100))).toBe(202);
    expect(await send('PATCH', session, bytes.subarray(100))).toBe(202);
    expect(await send('PUT', `${session}?digest=${digest}`)).toBe(201);
    await expectUnknown(session, row.name);
    expect(await ended()).toBe(0);
  });
});

test('a repository that goes while first bytes are on their way takes the upload with it', async () => {
  const session = await begin();
  const { store } = app.app;
  const write = store.write.bind(store);
  store.write = async (closure) => {
    store.write = write;
    await app.ecr().send(new DeleteRepositoryCommand({ repositoryName: 'team/app', force: true }));
    return await write(closure);
  };
  expect(await send('PATCH', session, seededBytes('on their way', mebi))).toBe(404);
  expect(await rows()).toBe(0);
  expect(await app.files()).toEqual([]);
});

test('the file of first bytes that come slowly is not taken for one that nobody needs', async () => {
  const session = await begin();
  const { bytes, digest } = blobOf(seededBytes('slow', 3 * mebi));
  const gate = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(new Uint8Array(bytes.subarray(0, 2 * mebi + 5)));
      arrived.resolve();
      await gate.promise;
      controller.enqueue(new Uint8Array(bytes.subarray(2 * mebi + 5)));
      controller.close();
    },
  });
  const sent = app.registry.send('PATCH', session, { body, duplex: 'half' });
  await arrived.promise;
  while ((await app.files()).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await pass(app, 5 * uploadLife);
  gate.resolve();
  expect((await sent).status).toBe(202);
  expect(await send('PUT', `${session}?digest=${digest}`)).toBe(201);
  expect(await isReadable(app, 'team/app', { bytes, digest, mediaType: '' })).toBe(true);
});
