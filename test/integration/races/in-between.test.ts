/** Meetings that random histories have found, or find too seldom, each arranged by hand. */
import { request as openRequest, type ClientRequest } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dropIdleUploads, removeOrphans } from '../../../src/core/layers/collect.ts';
import type { Reader } from '../../../src/store/db.ts';
import { blobOf, startApp, type RunningApp } from '../../support/app.ts';
import { isReadable, pass, strays } from '../../support/collector.ts';
import { seededBytes, type Blob } from '../../support/images.ts';

const minute = 60_000;
const lease = 60 * minute;
const uploadLife = 90 * minute;
const deletionGrace = 10 * minute;

let app: RunningApp;

beforeEach(async () => {
  app = await startApp({ limits: { lease, uploadLife, deletionGrace }, repositories: ['team/app'] });
});

afterEach(async () => {
  try {
    expect(await strays(app), 'files that no row names').toEqual([]);
  } finally {
    await app.close();
  }
});

/** Larger than what an upload keeps in memory. */
const large = (name: string): Blob => blobOf(seededBytes(name, 2_500_000));

/** The registry's parts, where something happens after the look into the store that `isMoment` tells. */
function interrupted(happens: () => Promise<void>, isMoment: (look: number) => boolean): RunningApp['app'] {
  const { store } = app.app;
  let looks = 0;
  const after = async <T>(found: T): Promise<T> => {
    if (isMoment(++looks)) await happens();
    return found;
  };
  const read: Reader = {
    all: async (statement, parameters) => await after(await store.read.all(statement, parameters)),
    first: async (statement, parameters) => await after(await store.read.first(statement, parameters)),
  };
  const write: typeof store.write = async (closure) => await store.write(closure);
  return { ...app.app, store: { ...store, read, write } };
}

/** A request whose body is sent piece by piece. */
class SlowRequest {
  readonly #sent: ClientRequest;
  readonly status: Promise<number>;

  constructor(method: string, url: string, length: number) {
    const headers = { authorization: app.authorization, 'content-length': length };
    this.#sent = openRequest(url, { method, headers, agent: false });
    this.status = new Promise((resolve, reject) => {
      this.#sent.on('error', reject);
      this.#sent.on('response', (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      });
    });
  }

  async send(bytes: Buffer): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#sent.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  end(bytes: Buffer): Promise<number> {
    this.#sent.end(bytes);
    return this.status;
  }
}

/** Resolves when the registry is reading the body of an upload. */
async function isWrittenTo(session: string): Promise<void> {
  const id = session.split('/').at(-1) ?? '';
  while (!app.app.uploadLocks.isHeld(id)) await new Promise((resolve) => setTimeout(resolve, 2));
  // the lock comes first; the body is asked for a few turns of the loop later
  await new Promise((resolve) => setTimeout(resolve, 50));
}

const head = async (digest: string): Promise<number> =>
  (await app.registry.send('HEAD', `/v2/team/app/blobs/${digest}`)).status;

describe('while the collector looks whether a row names a file', () => {
  test.each([1, 2, 3])('the upload may end, and the layer keeps its bytes (after look %i)', async (look) => {
    const blob = large(`found too late ${look}`);
    const session = await app.registry.startUpload('team/app');
    await app.registry.sendChunk(session, blob.bytes, 0);
    app.advance(2 * uploadLife);
    const finish = async (): Promise<void> => {
      expect((await app.registry.finishUpload(session, blob.digest)).status).toBe(201);
    };
    let ended = false;
    const once = async (): Promise<void> => {
      ended = true;
      await finish();
    };
    await removeOrphans(
      interrupted(once, (count) => count === look),
      app.now(),
      undefined,
    );
    if (!ended) await finish();
    expect(await isReadable(app, 'team/app', blob)).toBe(true);
  });
});

describe('a body that takes longer than', () => {
  test('a lease leaves a layer with a whole lease', async () => {
    const blob = large('slow end');
    const session = await app.registry.startUpload('team/app');
    const slow = new SlowRequest('PUT', `${session}?digest=${blob.digest}`, blob.bytes.length);
    await slow.send(blob.bytes.subarray(0, 2_000_000));
    await isWrittenTo(session);
    await pass(app, uploadLife + lease);
    expect(await slow.end(blob.bytes.subarray(2_000_000))).toBe(201);
    await pass(app, lease - minute);
    expect(await head(blob.digest)).toBe(200);
  });

  test('an upload may rest leaves the upload its whole time to rest', async () => {
    const blob = large('slow part');
    const session = await app.registry.startUpload('team/app');
    const slow = new SlowRequest('PATCH', session, blob.bytes.length);
    await slow.send(blob.bytes.subarray(0, 2_000_000));
    await isWrittenTo(session);
    await pass(app, uploadLife + lease);
    expect(await slow.end(blob.bytes.subarray(2_000_000))).toBe(202);
    await pass(app, uploadLife - minute);
    expect((await app.registry.finishUpload(session, blob.digest)).status).toBe(201);
  });
});

test('an upload that is given up just as bytes come again is refused, and the collector goes on', async () => {
  const blob = large('given up');
  const session = await app.registry.startUpload('team/app');
  await app.registry.sendChunk(session, blob.bytes.subarray(0, 1_200_000), 0);
  app.advance(uploadLife + minute);
  const rest = blob.bytes.subarray(1_200_000);
  const slow = new SlowRequest('PATCH', session, rest.length);
  const come = async (): Promise<void> => {
    await slow.send(rest.subarray(0, 1_200_000));
    await isWrittenTo(session);
  };
  expect(await dropIdleUploads(interruptedBeforeWrite(come), app.now())).toBe(1);
  expect(await slow.end(rest.subarray(1_200_000))).toBe(404);
  await pass(app, 2 * uploadLife);
  expect(await app.files()).toEqual([]);
});

/** The registry's parts, where something happens just before the first write. */
function interruptedBeforeWrite(happens: () => Promise<void>): RunningApp['app'] {
  const { store } = app.app;
  let first = true;
  const write: typeof store.write = async (closure) => {
    if (first) {
      first = false;
      await happens();
    }
    return await store.write(closure);
  };
  return { ...app.app, store: { ...store, read: store.read, write } };
}
