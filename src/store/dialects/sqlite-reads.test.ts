import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findMeta, insertMeta } from '../accounts.ts';
import { statement, type Store } from '../db.ts';
import { findDoomedBlob, insertDoomedBlob } from '../layers.ts';
import { migrate } from '../migrate.ts';
import { openSqlite } from './sqlite.ts';

const setMeta = statement<{ name: string; value: string }>()((db, p) =>
  db.updateTable('meta').set({ value: p.value }).where('name', '=', p.name),
);

describe('what is read between commits', () => {
  let folder: string;
  let store: Store;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stowage-reads-'));
    store = openSqlite(join(folder, 'metadata.db'), { prepare: migrate });
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  const insert = (name: string, value: string): Promise<number> =>
    store.write((tx) => tx.run(insertMeta, { name, value }));
  const set = (name: string, value: string): Promise<number> => store.write((tx) => tx.run(setMeta, { name, value }));
  const find = async (name: string): Promise<string | undefined> => (await store.read.first(findMeta, { name }))?.value;

  it('is what the commit before has left, each time', async () => {
    await insert('a', '0');
    for (let count = 1; count <= 20; count += 1) {
      expect(await find('a')).toBe(String(count - 1));
      expect(await find('a')).toBe(String(count - 1));
      await set('a', String(count));
      expect(await find('a')).toBe(String(count));
    }
  });

  it('tells of a row that was not there before', async () => {
    expect(await find('a')).toBeUndefined();
    expect(await find('a')).toBeUndefined();
    await insert('a', '1');
    expect(await find('a')).toBe('1');
  });

  it('is told apart by what a value is for, not by the order in which values were given', async () => {
    const both = statement<{ name: string; value: string }>()((db, p) =>
      db.selectFrom('meta').select('name').where('name', '=', p.name).where('value', '=', p.value),
    );
    await insert('a', 'b');
    expect(await store.read.first(both, { name: 'a', value: 'b' })).toEqual({ name: 'a' });
    expect(await store.read.first(both, { value: 'a', name: 'b' })).toBeUndefined();
    expect(await store.read.all(both, { value: 'b', name: 'a' })).toEqual([{ name: 'a' }]);
  });

  it('is remembered beyond commits that change other tables, and no longer than that', async () => {
    await insert('a', '1');
    const { read } = store;
    const same = async (): Promise<boolean> =>
      (await read.first(findMeta, { name: 'a' })) === (await read.first(findMeta, { name: 'a' }));
    expect(await same()).toBe(true);
    const before = await read.first(findMeta, { name: 'a' });
    await store.write((tx) => tx.run(insertDoomedBlob, { id: 'b', after: 1 }));
    expect(await read.first(findMeta, { name: 'a' })).toBe(before);
    expect(await read.first(findDoomedBlob, { id: 'b' })).toEqual({ id: 'b' });
    await set('a', '2');
    expect(await find('a')).toBe('2');
  });

  it('is what was written where a statement gave back the row that it made', async () => {
    expect(await find('a')).toBeUndefined();
    const made = statement<{ name: string }>()((db, p) =>
      db.insertInto('meta').values({ name: p.name, value: '1' }).returning('value'),
    );
    expect(await store.write((tx) => tx.first(made, { name: 'a' }))).toEqual({ value: '1' });
    expect(await find('a')).toBe('1');
    expect(await store.write((tx) => tx.all(made, { name: 'b' }))).toEqual([{ value: '1' }]);
    expect(await find('b')).toBe('1');
  });

  it('does not come of a transaction that was rolled back', async () => {
    await insert('a', '1');
    const refused = store.write(async (tx) => {
      await tx.run(setMeta, { name: 'a', value: '2' });
      throw new Error('refused');
    });
    await expect(refused).rejects.toThrow('refused');
    expect(await find('a')).toBe('1');
  });

  it("is a list of one's own, whoever asked before", async () => {
    await insert('a', '1');
    expect(await store.read.all(findMeta, { name: 'a' })).toEqual([{ value: '1' }]);
    expect(await find('a')).toBe('1');
    (await store.read.all(findMeta, { name: 'a' })).pop();
    expect(await store.read.all(findMeta, { name: 'a' })).toEqual([{ value: '1' }]);
    await set('a', '2');
    expect(await store.read.all(findMeta, { name: 'a' })).toEqual([{ value: '2' }]);
  });

  it('never shows what a transaction under way has written', async () => {
    await insert('a', 'old');
    const seen: (string | undefined)[] = [];
    await store.write(async (tx) => {
      await tx.run(setMeta, { name: 'a', value: 'new' });
      seen.push(await find('a'), await find('a'));
    });
    seen.push(await find('a'));
    expect(seen).toEqual(['old', 'old', 'new']);
  });

  it('is not kept when it began before a commit and was answered after it', async () => {
    await insert('a', 'old');
    const asked = Array.from({ length: 50 }, () => find('a'));
    const written = set('a', 'new');
    await Promise.all(asked);
    await written;
    expect(await find('a')).toBe('new');
  });

  it('differs by statement and by parameter', async () => {
    await insert('a', '1');
    await insert('1', 'a');
    await insert('a1', 'b');
    const length = statement<{ name: string }>()((db, p) =>
      db.selectFrom('meta').select('name').where('name', '=', p.name),
    );
    expect([await find('a'), await find('1'), await find('a1')]).toEqual(['1', 'a', 'b']);
    expect(await store.read.first(length, { name: 'a' })).toEqual({ name: 'a' });
    expect(await find('a')).toBe('1');
  });

  it('does not keep the log of the database from being emptied', async () => {
    await insert('a', '');
    for (let count = 0; count < 200; count += 1) {
      await set('a', String(count).padEnd(200_000, 'x'));
      expect((await find('a'))?.length).toBe(200_000);
    }
    // 200 versions of the row are 40 MB; the log is started anew each time that it has reached about 16
    expect(statSync(join(folder, 'metadata.db-wal')).size).toBeLessThan(20_000_000);
  });
});
