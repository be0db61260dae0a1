import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RegistryError } from '../../domain/errors.ts';
import { bumpAccountRevision, findAccount, findMeta, insertAccount, insertMeta, insertUser } from '../accounts.ts';
import { ConstraintError, statement, type Store } from '../db.ts';
import { migrate } from '../migrate.ts';
import { openSqlite } from './sqlite.ts';

const deleteMeta = statement<{ name: string }>()((db, p) => db.deleteFrom('meta').where('name', '=', p.name));
const listMeta = statement<Record<never, never>>()((db) =>
  db.selectFrom('meta').select('name').orderBy('name').limit(1000),
);

describe('the embedded database', () => {
  let folder: string;
  let path: string;
  const open: Store[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stowage-store-'));
    path = join(folder, 'metadata.db');
  });
  afterEach(async () => {
    for (const store of open.splice(0)) await store.close();
    rmSync(folder, { recursive: true });
  });

  function openStore(maxPages?: number): Store {
    const store = openSqlite(path, { prepare: migrate, maxPages });
    open.push(store);
    return store;
  }

  async function reopen(): Promise<Store> {
    for (const store of open.splice(0)) await store.close();
    return openStore();
  }

  const put = (store: Store, name: string, value = name): Promise<number> =>
    store.write((tx) => tx.run(insertMeta, { name, value }));
  const names = async (store: Store): Promise<string[]> => (await store.read.all(listMeta, {})).map(({ name }) => name);

  it('keeps what was written over a reopening', async () => {
    expect(await put(openStore(), 'a', 'one')).toBe(1);
    expect(await (await reopen()).read.first(findMeta, { name: 'a' })).toEqual({ value: 'one' });
  });

  it('tells rows, no row, and how many rows were changed', async () => {
    const store = openStore();
    await put(store, 'a');
    expect(await store.read.all(findMeta, { name: 'a' })).toEqual([{ value: 'a' }]);
    expect(await store.read.all(findMeta, { name: 'b' })).toEqual([]);
    expect(await store.read.first(findMeta, { name: 'b' })).toBeUndefined();
    expect(await store.write((tx) => tx.run(deleteMeta, { name: 'b' }))).toBe(0);
    expect(await store.write((tx) => tx.run(deleteMeta, { name: 'a' }))).toBe(1);
  });

  it('takes parameters as values, never as words of SQL', async () => {
    const store = openStore();
    const hostile = `'; drop table meta; -- \0 " \u{1F4A3}`;
    await put(store, hostile, hostile);
    expect(await store.read.first(findMeta, { name: hostile })).toEqual({ value: hostile });
  });

  it('refuses a statement whose parameter is missing', async () => {
    const store = openStore();
    await expect(store.read.first(findMeta, {} as never)).rejects.toThrow(/lacks its parameter 'name'/);
  });

  it('refuses to write by the connection for reading', async () => {
    const store = openStore();
    await expect(store.read.all(deleteMeta, { name: 'a' })).rejects.toThrow(/readonly/);
  });

  it('lets reads see what is committed, and a closure what it has written itself', async () => {
    const store = openStore();
    await put(store, 'before');
    const seen = await store.write(async (tx) => {
      await tx.run(insertMeta, { name: 'inside', value: '1' });
      return {
        outside: await store.read.first(findMeta, { name: 'inside' }),
        before: await store.read.first(findMeta, { name: 'before' }),
        inside: await tx.first(findMeta, { name: 'inside' }),
      };
    });
    expect(seen).toEqual({ outside: undefined, before: { value: 'before' }, inside: { value: '1' } });
    expect(await store.read.first(findMeta, { name: 'inside' })).toEqual({ value: '1' });
  });

  it('takes back a closure that fails and keeps its neighbours in the same commit', async () => {
    const store = openStore();
    const fails = store.write(async (tx) => {
      await tx.run(insertMeta, { name: 'half', value: '' });
      throw new Error('no');
    });
    await Promise.all([put(store, 'a'), expect(fails).rejects.toThrow('no'), put(store, 'b')]);
    expect(await names(store)).toEqual(['a', 'b']);
  });

  it('tells a violated key and a missing parent from other errors', async () => {
    const store = openStore();
    await put(store, 'a');
    await expect(put(store, 'a')).rejects.toThrow(ConstraintError);
    const orphan = { id: 'AIDA1', account: '000000000000', name: 'x', nameKey: 'x', path: '/', time: 0 };
    await expect(store.write((tx) => tx.run(insertUser, orphan))).rejects.toThrow(ConstraintError);
    expect(await names(store)).toEqual(['a']);
  });

  it('loses no count when many closures raise the same number', async () => {
    const store = openStore();
    const account = '123456789012';
    await store.write((tx) => tx.run(insertAccount, { account, time: 0 }));
    await Promise.all(Array.from({ length: 300 }, () => store.write((tx) => tx.run(bumpAccountRevision, { account }))));
    expect((await store.read.first(findAccount, { account }))?.revision).toBe(301);
  });

  it('has on disk, as another reader sees it, what it has answered', async () => {
    const store = openStore();
    const other = new DatabaseSync(path, { readOnly: true });
    try {
      for (let number = 0; number < 20; number++) {
        await put(store, `n${number}`);
        expect(other.prepare('select count(*) as n from meta').get()).toEqual({ n: number + 1 });
      }
    } finally {
      other.close();
    }
  });

  it('leaves one file when it is closed, with everything in it', async () => {
    const store = openStore();
    await put(store, 'a');
    await store.close();
    open.splice(0);
    rmSync(`${path}-wal`, { force: true });
    rmSync(`${path}-shm`, { force: true });
    expect(await names(openStore())).toEqual(['a']);
  });

  describe('on a disk that is full', () => {
    const filler = 'x'.repeat(3000);
    const storageFull = new RegistryError('storageFull', {});

    /** Opens a store whose file may grow by so many pages. */
    async function openWithRoom(pages: number): Promise<Store> {
      await openStore().close();
      open.splice(0);
      const database = new DatabaseSync(path);
      const { page_count: count } = database.prepare('pragma page_count').get() as { page_count: number };
      database.close();
      return openStore(count + pages);
    }

    /** Asks for a group of writes at once; what was acknowledged and what was refused. */
    async function putGroup(store: Store, group: readonly string[]): Promise<{ kept: string[]; refused: unknown[] }> {
      const settled = await Promise.allSettled(group.map((name) => put(store, name, filler)));
      return {
        kept: group.filter((_, index) => settled[index]?.status === 'fulfilled'),
        refused: settled.filter((one) => one.status === 'rejected').map((one) => one.reason as unknown),
      };
    }

    const group = (letter: string, count: number): string[] =>
      Array.from({ length: count }, (_, number) => `${letter}${String(number).padStart(3, '0')}`);

    it('has after a reopening exactly what it has acknowledged', async () => {
      const store = await openWithRoom(40);
      const kept: string[] = [];
      const refused: unknown[] = [];
      for (const letter of ['a', 'b', 'c', 'd', 'e']) {
        const outcome = await putGroup(store, group(letter, 15));
        kept.push(...outcome.kept);
        refused.push(...outcome.refused);
      }
      expect(kept.slice(0, 15)).toEqual(group('a', 15));
      expect(refused.length).toBeGreaterThan(0);
      for (const error of refused) expect(error).toEqual(storageFull);
      expect(await names(store)).toEqual(kept);
      const reopened = await reopen();
      expect(await names(reopened)).toEqual(kept);
      await put(reopened, 'z', filler);
      expect(await names(reopened)).toEqual([...kept, 'z']);
    });

    it('goes on reading and, when rows were deleted, writing', async () => {
      const store = await openWithRoom(20);
      const { kept } = await putGroup(store, group('a', 10));
      expect(kept).toHaveLength(10);
      await putGroup(store, group('b', 100));
      await expect(put(store, 'c', filler.repeat(20))).rejects.toEqual(storageFull);
      expect(await store.read.first(findMeta, { name: 'a000' })).toEqual({ value: filler });
      for (const name of kept) expect(await store.write((tx) => tx.run(deleteMeta, { name }))).toBe(1);
      expect(await put(store, 'c', filler)).toBe(1);
      expect(await names(await reopen())).toContain('c');
    });
  });
});
