import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sealedLength } from '../../src/blobs/layout.ts';
import { CorruptBlobError, type SealedBlob, type UploadState } from '../../src/blobs/port.ts';
import { bodyOf, collect, digestOf, engines, newUpload, openForEach, segmentSize } from './blob-stores.ts';

/* Finished blobs that are too short to have a file: the caller keeps their bytes. */

const limit = 10;

describe.each(engines)('a blob that is handed over, of $engine', (engine) => {
  const on = openForEach(engine);

  /** Uploads in one body to its end; what is handed over is kept as a row would keep it. */
  const finish = async (plain: Buffer): Promise<SealedBlob> => {
    const state = newUpload();
    const { size, sealed } = await on.restart({ handOverLimit: limit }).finish(state, 'sha256', bodyOf(plain));
    return { blobId: state.blobId, size, dataKey: state.dataKey, sealed };
  };

  it.each([0, 1, limit])('of %i bytes has no file, and is read from what was handed over', async (size) => {
    const plain = randomBytes(size);
    const blob = await finish(plain);
    expect(await on.bytes.stat(blob.blobId)).toBeUndefined();
    expect(blob.sealed).toHaveLength(sealedLength(size, segmentSize));
    expect(on.blobs.readSmall(blob)).toEqual(plain);
    for (let start = 0; start <= size; start += 1) {
      for (let end = start; end <= size; end += 1) {
        expect(await collect(on.blobs.read(blob, start, end))).toEqual(plain.subarray(start, end));
      }
    }
    await expect(collect(on.blobs.read(blob, 0, size + 1))).rejects.toThrow(RangeError);
    await on.blobs.delete(blob.blobId);
  });

  it('has one byte more in a file', async () => {
    const blob = await finish(randomBytes(limit + 1));
    expect(blob.sealed).toBeUndefined();
    expect((await on.bytes.stat(blob.blobId))?.size).toBe(sealedLength(limit + 1, segmentSize));
  });

  it('is read whatever the limit is by then', async () => {
    const plain = randomBytes(limit);
    const blob = await finish(plain);
    expect(on.restart({ handOverLimit: undefined, smallReadLimit: 1 }).readSmall(blob)).toEqual(plain);
  });

  it('does not open where a byte of it was altered, cut, or taken from another blob', async () => {
    const blob = await finish(randomBytes(limit));
    const good = blob.sealed ?? Buffer.alloc(0);
    const others = (await finish(randomBytes(limit))).sealed;
    const altered = Array.from(good, (_, at) => Buffer.from(good).fill((good[at] ?? 0) ^ 1, at, at + 1));
    for (const sealed of [...altered, good.subarray(1), good.subarray(0, -1), Buffer.alloc(0), others]) {
      const bad = { ...blob, sealed };
      await expect(collect(on.restart().read(bad, 0, limit))).rejects.toThrow(CorruptBlobError);
      expect(() => on.blobs.readSmall(bad)).toThrow(CorruptBlobError);
    }
  });

  it('comes of a first body that may become whole, ends without another look, and goes on elsewhere', async () => {
    const plain = randomBytes(limit);
    const state = newUpload();
    const blobs = on.restart({ handOverLimit: limit });
    const { offset, tail, whole, sealed } = await blobs.append(state, bodyOf(plain), { wholeIfShort: true });
    expect([offset, tail, whole]).toEqual([limit, undefined, digestOf('sha256', plain)]);
    expect(await on.bytes.stat(state.blobId)).toBeUndefined();

    const kept: UploadState = { ...state, offset, tail, whole, sealed };
    expect(await collect(on.blobs.readUpload(kept))).toEqual(plain);
    for (const algorithm of ['sha256', 'sha512'] as const) {
      const digest = digestOf(algorithm, plain);
      expect(await on.restart().finish(kept, algorithm)).toEqual({ size: limit, digest, sealed });
    }
    await expect(on.blobs.append(kept, bodyOf(plain))).rejects.toThrow(TypeError);
  });

  it('comes of chunks too, as long as all of them are short enough together', async () => {
    const plain = randomBytes(limit + 1);
    for (const length of [limit, limit + 1]) {
      const state = newUpload();
      const blobs = on.restart({ handOverLimit: limit });
      const { offset, tail } = await blobs.append(state, bodyOf(plain.subarray(0, 4)));
      const done = await blobs.finish({ ...state, offset, tail }, 'sha256', bodyOf(plain.subarray(4, length)));
      expect(done.sealed === undefined).toBe(length > limit);
      const blob = { ...state, ...done };
      expect(await collect(on.blobs.read(blob, 0, length))).toEqual(plain.subarray(0, length));
    }
  });
});
