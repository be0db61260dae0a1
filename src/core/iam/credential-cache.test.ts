import { describe, expect, test } from 'vitest';
import type { Reader, Store } from '../../store/db.ts';
import { CredentialCache, type CachedKey } from './credential-cache.ts';

/** A store that answers with a revision and counts how often it is asked. */
function storeAt(revision: number, commits: number | undefined) {
  const state = { revision, commits, reads: 0 };
  const first = (async () => {
    state.reads++;
    return { revision: state.revision };
  }) as unknown as Reader['first'];
  const store = {
    read: { first },
    get commits() {
      return state.commits;
    },
  } as unknown as Store;
  return { state, store };
}

const entry = { principal: { account: '123456789012' }, revision: 7 } as CachedKey;

describe('a cached credential', () => {
  test('is compared once for each count of commits', async () => {
    const { state, store } = storeAt(7, 1);
    const cache = new CredentialCache();
    expect([await cache.isCurrent(store, entry), await cache.isCurrent(store, entry)]).toEqual([true, true]);
    expect(state.reads).toBe(1);
    state.commits = 2;
    expect(await cache.isCurrent(store, entry)).toBe(true);
    expect(state.reads).toBe(2);
  });

  test('no longer counts from the commit on that changed its account', async () => {
    const { state, store } = storeAt(7, 1);
    const cache = new CredentialCache();
    await cache.isCurrent(store, entry);
    state.revision = 8;
    state.commits = 2;
    expect(await cache.isCurrent(store, entry)).toBe(false);
    expect(await cache.isCurrent(store, entry)).toBe(false);
  });

  test('is compared every time where others write to the database too', async () => {
    const { state, store } = storeAt(7, undefined);
    const cache = new CredentialCache();
    await cache.isCurrent(store, entry);
    state.revision = 8;
    expect(await cache.isCurrent(store, entry)).toBe(false);
    expect(state.reads).toBe(2);
  });
});
