/**
 * Gates at the edges of a running registry: before each look into the store, each write, each piece of a body, each touch
 * of the stored bytes. What lies behind them is the real thing; only when it goes on is decided by the turns.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import type { Blobs } from '../../../src/blobs/port.ts';
import type { App } from '../../../src/core/app.ts';
import type { UploadLocks } from '../../../src/core/layers/upload-locks.ts';
import type { Reader, Store } from '../../../src/store/db.ts';
import type { Turns } from './turns.ts';

/** Names the client on whose behalf a request is answered. */
export const clientHeader = 'x-race-client';

export interface Gates {
  /** Takes the gates away from what is not the app's own. */
  remove(): void;
}

/** Puts gates into an app; `bodyBegins` hears when a client's body is first asked for. */
export function putGates(app: App, turns: Turns, bodyBegins: (client: number | undefined) => void): Gates {
  Object.assign(app, {
    store: gatedStore(app.store, turns),
    blobs: gatedBlobs(app.blobs, turns, bodyBegins),
    uploadLocks: seenLocks(app.uploadLocks, turns),
  });
  const started = (message: unknown): void => {
    const { request } = message as { request: IncomingMessage };
    const client = request.headers[clientHeader];
    turns.enter(client === undefined ? undefined : Number(client));
  };
  subscribe('http.server.request.start', started);
  return { remove: () => void unsubscribe('http.server.request.start', started) };
}

/** `target` with some of its members exchanged. */
function around<T extends object>(target: T, members: Partial<Record<keyof T, unknown>>): T {
  return new Proxy(target, {
    get(_, key) {
      if (Object.hasOwn(members, key)) return members[key as keyof T];
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

function gatedStore(store: Store, turns: Turns): Store {
  const read: Pick<Reader, 'all' | 'first'> = {
    async all(statement, parameters) {
      await turns.stand('look');
      return await store.read.all(statement, parameters);
    },
    async first(statement, parameters) {
      await turns.stand('look');
      return await store.read.first(statement, parameters);
    },
  };
  const write: Store['write'] = async (closure) => {
    await turns.stand('write');
    return await store.write(closure);
  };
  return around(store, { read: around(store.read, read), write });
}

function gatedBlobs(blobs: Blobs, turns: Turns, bodyBegins: (client: number | undefined) => void): Blobs {
  async function* slowly(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    bodyBegins(turns.client);
    for await (const bytes of body) {
      const middle = Math.floor(bytes.length / 2);
      for (const piece of [bytes.subarray(0, middle), bytes.subarray(middle)]) {
        await turns.stand('body');
        yield piece;
      }
    }
    await turns.stand('end of body');
  }
  const gated: Omit<Blobs, 'close' | 'readUpload'> = {
    async append(state, body, options) {
      await turns.stand('bytes');
      return await blobs.append(state, slowly(body), options);
    },
    async finish(state, algorithm, body, options) {
      await turns.stand('bytes');
      return await blobs.finish(state, algorithm, body && slowly(body), options);
    },
    async cancel(upload) {
      await turns.stand('bytes');
      await blobs.cancel(upload);
    },
    async delete(blobId) {
      await turns.stand('bytes');
      await blobs.delete(blobId);
    },
    async list(after, limit) {
      await turns.stand('bytes');
      return await blobs.list(after, limit);
    },
    async *read(blob, start, end) {
      await turns.stand('bytes');
      yield* blobs.read(blob, start, end);
    },
    // all bytes in one turn leave no room for anything in between: every layer is read as a large one
    readSmall: () => undefined,
  };
  return around(blobs, gated);
}

/** Says who waits for the lock of an upload: such a client stands at no gate and is not to be waited for. */
function seenLocks(locks: UploadLocks, turns: Turns): UploadLocks {
  const hold = async <T>(uploadId: string, run: () => Promise<T>): Promise<T> => {
    if (!locks.isHeld(uploadId)) return await locks.hold(uploadId, run);
    const { client } = turns;
    const held = locks.hold(uploadId, async () => {
      turns.waits(client, false);
      return await run();
    });
    turns.waits(client, true);
    return await held;
  };
  return around(locks, { hold });
}
