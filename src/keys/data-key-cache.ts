import { type AccountKey, type DataKeyContext, unwrapDataKey } from './data-keys.ts';

interface Entry {
  readonly dataKey: Buffer;
  readonly keyId: string;
  readonly context: DataKeyContext;
  readonly revision: string;
  readonly expiresAt: number;
}

export interface DataKeyCacheOptions {
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly capacity?: number | undefined;
  /** How long an unwrapped key is kept, in milliseconds. */
  readonly lifetime?: number | undefined;
}

/** Unwrapped data keys for a while, so that a pull of many ranges asks for its key once. */
export interface DataKeyCache {
  /**
   * The data key of a wrap; a copy, so that wiping the cache never pulls a key from under a reader. A hit needs the
   * same wrap, key, context and revision of the key's state: a key that was disabled has another revision and is asked
   * again at once.
   */
  unwrap(key: AccountKey, wrapped: Uint8Array, context: DataKeyContext, revision?: string): Buffer;
  /** Keeps a copy of a data key that has just been wrapped, and will soon be asked for. */
  keep(key: AccountKey, wrapped: Uint8Array, context: DataKeyContext, dataKey: Buffer): void;
  /** Number of keys that are held now. */
  readonly size: number;
  /** Wipes everything; what is asked later is unwrapped and not kept. */
  close(): void;
}

export function createDataKeyCache(options: DataKeyCacheOptions): DataKeyCache {
  const { clock, capacity = 1000, lifetime = 5 * 60_000 } = options;
  // In order of insertion, which with one lifetime for all is the order in which entries expire.
  const entries = new Map<string, Entry>();
  let closed = false;

  const drop = (id: string, entry: Entry): void => {
    entry.dataKey.fill(0);
    entries.delete(id);
  };
  const dropExpired = (): void => {
    const now = clock();
    for (const [id, entry] of entries) {
      if (entry.expiresAt > now && entries.size <= capacity) return;
      drop(id, entry);
    }
  };
  const put = (id: string, entry: Omit<Entry, 'expiresAt'>): void => {
    if (closed) return;
    const known = entries.get(id);
    if (known !== undefined) drop(id, known);
    entries.set(id, { ...entry, dataKey: Buffer.from(entry.dataKey), expiresAt: clock() + lifetime });
    dropExpired();
  };
  const timer = setInterval(dropExpired, lifetime).unref();

  return {
    unwrap(key, wrapped, context, revision = '') {
      dropExpired();
      const id = idOf(wrapped);
      const found = entries.get(id);
      if (found !== undefined && matches(found, key, context, revision)) return Buffer.from(found.dataKey);
      const dataKey = unwrapDataKey(key, wrapped, context);
      put(id, { dataKey, keyId: key.id, context, revision });
      return dataKey;
    },
    keep: (key, wrapped, context, dataKey) => put(idOf(wrapped), { dataKey, keyId: key.id, context, revision: '' }),
    get size() {
      return entries.size;
    },
    close() {
      closed = true;
      clearInterval(timer);
      for (const [id, entry] of entries) drop(id, entry);
    },
  };
}

const idOf = (wrapped: Uint8Array): string =>
  Buffer.from(wrapped.buffer, wrapped.byteOffset, wrapped.byteLength).toString('latin1');

function matches(entry: Entry, key: AccountKey, context: DataKeyContext, revision: string): boolean {
  return (
    entry.keyId === key.id &&
    entry.revision === revision &&
    entry.context.repositoryArn === context.repositoryArn &&
    entry.context.objectArn === context.objectArn
  );
}
