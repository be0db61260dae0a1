import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBlobs } from '../../src/blobs/blobs.ts';
import { createFilesystemBytes } from '../../src/blobs/filesystem.ts';
import type { Blobs, SealedBlob } from '../../src/blobs/port.ts';
import { bodyOf, newUpload } from './blob-stores.ts';

describe('small blobs that are kept in memory', () => {
  let folder: string;
  let blobs: Blobs;
  beforeEach(() => {
    folder = mkdtempSync(`${tmpdir()}/stowage-kept-`);
    blobs = createBlobs({ bytes: createFilesystemBytes({ root: folder }), workers: 0, keptSmall: 2 });
  });
  afterEach(async () => {
    await blobs.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function store(plain: Buffer): Promise<SealedBlob> {
    const state = newUpload();
    const { size } = await blobs.finish(state, 'sha256', bodyOf(plain));
    return { blobId: state.blobId, size, dataKey: state.dataKey };
  }
  /** Whether a blob is still told when its file is gone. */
  function isKept(blob: SealedBlob): boolean {
    return blobs.readSmall(blob) !== undefined;
  }

  it('are the bytes of their files, and not read again', async () => {
    const plain = randomBytes(1000);
    const blob = await store(plain);
    expect(blobs.readSmall(blob)).toEqual(plain);
    rmSync(folder, { recursive: true, force: true });
    expect(blobs.readSmall(blob)).toEqual(plain);
  });

  it('are forgotten when they are deleted', async () => {
    const blob = await store(randomBytes(10));
    blobs.readSmall(blob);
    await blobs.delete(blob.blobId);
    expect(isKept(blob)).toBe(false);
  });

  it('are few, and those that were asked for last', async () => {
    const three = [await store(Buffer.of(1)), await store(Buffer.of(2)), await store(Buffer.of(3))];
    for (const blob of three) blobs.readSmall(blob);
    rmSync(folder, { recursive: true, force: true });
    expect(three.map(isKept)).toEqual([false, true, true]);
  });

  it('are no more than 64 KiB', async () => {
    const [just, more] = [await store(randomBytes(65_536)), await store(randomBytes(65_537))];
    for (const blob of [just, more]) blobs.readSmall(blob);
    rmSync(folder, { recursive: true, force: true });
    expect([just, more].map(isKept)).toEqual([true, false]);
  });
});
