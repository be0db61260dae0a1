import { beforeEach, describe, expect, it } from 'vitest';
import { UploadLocks } from './upload-locks.ts';

describe('the lock of an upload', () => {
  let locks: UploadLocks;
  let log: string[];
  beforeEach(() => {
    locks = new UploadLocks();
    log = [];
  });

  /** Work that notes its begin and its end, and takes a few turns in between. */
  const work = (name: string) => async (): Promise<string> => {
    log.push(`${name} begins`);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    log.push(`${name} ends`);
    return name;
  };

  it('lets one after another work on the same upload, in the order in which they came', async () => {
    const all = ['a', 'b', 'c'].map((name) => locks.hold('u1', work(name)));
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c']);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('lets different uploads go on side by side', async () => {
    await Promise.all([locks.hold('u1', work('a')), locks.hold('u2', work('b'))]);
    expect(log).toEqual(['a begins', 'b begins', 'a ends', 'b ends']);
  });

  it('gives an error to the one whose work failed, and lets the next begin', async () => {
    const failed = locks.hold('u1', async () => {
      throw new Error('lost');
    });
    const next = locks.hold('u1', work('b'));
    await expect(failed).rejects.toThrow('lost');
    expect(await next).toBe('b');
  });

  it('is held from the first who asks until the last is done, and not longer', async () => {
    const first = locks.hold('u1', work('a'));
    const second = locks.hold('u1', work('b'));
    expect([locks.isHeld('u1'), locks.isHeld('u2')]).toEqual([true, false]);
    await first;
    expect(locks.isHeld('u1')).toBe(true);
    await second;
    expect(locks.isHeld('u1')).toBe(false);
  });

  it('is free after a failure', async () => {
    const failed = locks.hold('u1', async () => {
      throw new Error('lost');
    });
    await expect(failed).rejects.toThrow('lost');
    expect(locks.isHeld('u1')).toBe(false);
    expect(await locks.hold('u1', work('a'))).toBe('a');
  });
});
