import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findMeta, insertMeta } from '../accounts.ts';
import { statement, type Store } from '../db.ts';
import { migrate } from '../migrate.ts';
import { openLog, type WriteAheadLog } from './sqlite-log.ts';
import { openSqlite } from './sqlite.ts';

const setMeta = statement<{ name: string; value: string }>()((db, p) =>
  db.updateTable('meta').set({ value: p.value }).where('name', '=', p.name),
);

/** A log that is synced when the test says so. */
class Disk implements WriteAheadLog {
  readonly waiting: PromiseWithResolvers<void>[] = [];
  isHeld = false;
  failure: Error | undefined;
  now = 0;
  #log: WriteAheadLog | undefined;

  readonly open = (database: string): WriteAheadLog => {
    this.#log = openLog(database);
    return this;
  };
  async sync(): Promise<void> {
    const asked = Promise.withResolvers<void>();
    if (this.isHeld) this.waiting.push(asked);
    else asked.resolve();
    await asked.promise;
    await this.#log?.sync();
  }
  syncNow(): void {
    this.now += 1;
    if (this.failure !== undefined) throw this.failure;
    this.#log?.syncNow();
  }
  close(): void {
    this.#log?.close();
  }
}

describe('a commit on its way to the disk', () => {
  let file: string;
  let folder: string;
  let disk: Disk;
  let store: Store;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stowage-log-'));
    file = join(folder, 'metadata.db');
    disk = new Disk();
    store = openSqlite(file, { prepare: migrate, openLog: disk.open });
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  const insert = (name: string, value: string): Promise<number> =>
    store.write((tx) => tx.run(insertMeta, { name, value }));
  const set = (name: string, value: string): Promise<number> => store.write((tx) => tx.run(setMeta, { name, value }));
  const find = async (name: string): Promise<string | undefined> => (await store.read.first(findMeta, { name }))?.value;
  const turn = async (): Promise<void> => {
    for (let count = 0; count < 10; count += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  /** Two at once: then nobody waits for the disk in a turn of the loop. */
  const setBoth = (value: string): Promise<number[]> => Promise.all([set('a', value), set('b', value)]);
  const findBoth = async (): Promise<(string | undefined)[]> => [await find('a'), await find('b')];

  it('is seen by those who write after it, and by nobody who reads', async () => {
    await insert('a', '0');
    await insert('b', '0');
    disk.isHeld = true;
    const { commits } = store;
    let isAnswered = false;
    const first = setBoth('1').finally(() => (isAnswered = true));
    await turn();
    expect([await findBoth(), isAnswered, store.commits]).toEqual([['0', '0'], false, commits]);

    const seen: unknown[] = [];
    const second = store.write(async (tx) => {
      seen.push((await tx.first(findMeta, { name: 'a' }))?.value);
      await tx.run(setMeta, { name: 'a', value: '2' });
    });
    await turn();
    expect([seen, await findBoth(), disk.waiting.length]).toEqual([['1'], ['0', '0'], 1]);

    disk.waiting.shift()?.resolve();
    await first;
    expect(await findBoth()).toEqual(['1', '1']);
    await turn();
    expect([await findBoth(), disk.waiting.length]).toEqual([['1', '1'], 1]);
    disk.waiting.shift()?.resolve();
    await second;
    expect(await findBoth()).toEqual(['2', '1']);
  });

  it('is waited for in the turn of the loop where nobody else wants anything', async () => {
    await insert('a', '0');
    await turn();
    disk.isHeld = true;
    const before = disk.now;
    await set('a', '1');
    expect(disk.now).toBe(before + 1);
    expect(await find('a')).toBe('1');
    await turn();
    const written = set('a', '2');
    await find('a');
    await turn();
    expect([disk.now, disk.waiting.length]).toEqual([before + 1, 1]);
    disk.waiting.shift()?.resolve();
    await written;
  });

  it.each(['in a turn', 'meanwhile'])('that does not get there %s ends the store until a new start', async (how) => {
    await insert('a', '0');
    await insert('b', '0');
    expect(await find('a')).toBe('0');
    await turn();
    const cause = new Error('the disk is gone');
    disk.failure = cause;
    disk.isHeld = true;
    const written = how === 'in a turn' ? set('a', '1') : setBoth('1');
    const outcome = Promise.allSettled([written]);
    await turn();
    disk.waiting.shift()?.reject(cause);
    expect(await outcome).toMatchObject([{ status: 'rejected', reason: { cause } }]);
    await expect(set('b', '2')).rejects.toMatchObject({ cause });
    expect(await store.isReachable()).toBe(false);
    // Either what was committed before, or no answer; never what may be lost.
    for (const name of ['a', 'b'])
      expect(await find(name).catch((error: Error) => error.cause)).toBeOneOf(['0', cause]);

    await store.close();
    store = openSqlite(file, { prepare: migrate });
    await insert('c', '3');
    expect([await find('c'), await store.isReachable()]).toEqual(['3', true]);
  });

  it('does not keep the log from being emptied, however many follow each other', async () => {
    await insert('a', '');
    await insert('b', '');
    for (let count = 0; count < 200; count += 1) {
      const value = String(count).padEnd(100_000, 'x');
      const written = setBoth(value);
      await find('a');
      if (count % 3 > 0) await written;
    }
    await setBoth('end');
    expect(await findBoth()).toEqual(['end', 'end']);
    expect(statSync(`${file}-wal`).size).toBeLessThan(20_000_000);
  });
});
