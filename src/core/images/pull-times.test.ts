import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { insertAccount } from '../../store/accounts.ts';
import type { Store } from '../../store/db.ts';
import { openSqlite } from '../../store/dialects/sqlite.ts';
import { findImage, insertImage } from '../../store/images.ts';
import { migrate } from '../../store/migrate.ts';
import { insertRepository } from '../../store/repositories.ts';
import { PullTimes } from './pull-times.ts';

const account = '123456789012';

describe('the times of pulls', () => {
  let folder: string;
  let store: Store;
  let lines: Record<string, unknown>[];
  let pullTimes: PullTimes;
  let repository: number;
  let image: number;
  const log = pino(
    { base: null },
    { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  );

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stowage-pulls-'));
    store = openSqlite(join(folder, 'metadata.db'), { prepare: migrate });
    lines = [];
    pullTimes = new PullTimes({ store, log });
    [repository, image] = await store.write(async (tx) => {
      await tx.run(insertAccount, { account, time: 0 });
      const row = await tx.first(insertRepository, {
        account,
        region: 'us-east-1',
        name: 'app',
        mutability: 'MUTABLE',
        filters: '[]',
        encryption: 'AES256',
        scanOnPush: 0,
        time: 0,
      });
      const id = row?.id ?? 0;
      const values = { mediaType: 'a/b', artifactType: null, size: 1, manifestSize: 1, subject: null, time: 0 };
      const inserted = await tx.first(insertImage, { repository: id, digest: 'sha256:aa', ...values });
      return [id, inserted?.id ?? 0];
    });
  });
  afterEach(async () => {
    vi.useRealTimers();
    await pullTimes.close();
    await store.close();
    rmSync(folder, { recursive: true });
  });

  const stored = async (): Promise<number | null | undefined> =>
    (await store.read.first(findImage, { repository, digest: 'sha256:aa' }))?.pulled_at;

  it('are told at once and on disk after the flush', async () => {
    pullTimes.note(image, 1000);
    expect(await stored()).toBeNull();
    expect(pullTimes.latest(image, null)).toBe(1000);
    await pullTimes.flush();
    expect(await stored()).toBe(1000);
    expect(pullTimes.latest(image, (await stored()) ?? null)).toBe(1000);
  });

  it('gather for a second and then come to disk by themselves', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    pullTimes.note(image, 1000);
    vi.advanceTimersByTime(999);
    await store.write(async () => undefined);
    expect(await stored()).toBeNull();
    pullTimes.note(image, 2000);
    vi.advanceTimersByTime(1);
    await store.write(async () => undefined);
    expect(await stored()).toBe(2000);
  });

  it('are on disk when they are closed', async () => {
    pullTimes.note(image, 1000);
    await pullTimes.close();
    expect(await stored()).toBe(1000);
  });

  it('are told while the flush is under way', async () => {
    pullTimes.note(image, 1000);
    const flushed = pullTimes.flush();
    expect(pullTimes.latest(image, null)).toBe(1000);
    pullTimes.note(image, 2000);
    expect(pullTimes.latest(image, null)).toBe(2000);
    await flushed;
    expect(await stored()).toBe(1000);
    expect(pullTimes.latest(image, 1000)).toBe(2000);
  });

  it.each([
    ['nothing', undefined, null, undefined],
    ['what is stored', undefined, 500, 500],
    ['what waits, when nothing is stored', 1000, null, 1000],
    ['what waits, when it is newer', 1000, 500, 1000],
    ['what is stored, when it is newer', 1000, 1500, 1500],
  ])('are %s', (_, waiting, row, time) => {
    if (waiting !== undefined) pullTimes.note(image, waiting);
    expect(pullTimes.latest(image, row)).toBe(time);
  });

  it('do not go back', async () => {
    pullTimes.note(image, 2000);
    await pullTimes.flush();
    pullTimes.note(image, 1000);
    await pullTimes.flush();
    expect(await stored()).toBe(2000);
  });

  it('of an image that is gone are forgotten', async () => {
    pullTimes.note(image + 1, 1000);
    pullTimes.note(image, 1000);
    await pullTimes.flush();
    expect(await stored()).toBe(1000);
    expect(lines).toEqual([]);
  });

  it('that cannot be written are logged with the reason', async () => {
    pullTimes.note(image, 1000);
    await store.close();
    await pullTimes.flush();
    expect(lines).toMatchObject([{ images: 1, err: { message: 'the store is closed' } }]);
    await pullTimes.close();
    store = openSqlite(join(folder, 'metadata.db'), { prepare: migrate });
  });

  it('that could not be written wait for the next flush, and give way to a newer pull', async () => {
    let full = true;
    const write: Store['write'] = async (closure) => {
      if (full) throw new Error('the disk is full');
      return await store.write(closure);
    };
    const times = new PullTimes({ store: { ...store, write }, log });
    times.note(image, 1000);
    await times.flush();
    expect(await stored()).toBeNull();
    expect(times.latest(image, null)).toBe(1000);
    times.note(image, 2000);
    full = false;
    await times.close();
    expect(await stored()).toBe(2000);
  });
});
