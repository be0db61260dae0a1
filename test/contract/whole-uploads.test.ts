import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sealedLength } from '../../src/blobs/layout.ts';
import type { AppendResult, UploadState } from '../../src/blobs/port.ts';
import { bodyOf, brokenBody, collect, digestOf, engines, newUpload, openForEach, segmentSize } from './blob-stores.ts';

/* Uploads whose short first body is a finished blob at once, as most layers and every config are. */

describe.each(engines)('an upload that may become whole, in $engine', (engine) => {
  const on = openForEach(engine);

  const append = (state: UploadState, body: AsyncIterable<Buffer>): Promise<AppendResult> =>
    on.blobs.append(state, body, { wholeIfShort: true });
  const commit = (state: UploadState, { offset, tail, whole }: AppendResult): UploadState => ({
    ...state,
    offset,
    tail,
    whole,
  });

  it.each([1, segmentSize - 1, segmentSize])('is whole after a first body of %i bytes', async (size) => {
    const plain = randomBytes(size);
    const state = newUpload();
    const appended = await append(state, bodyOf(plain.subarray(0, 1), plain.subarray(1)));
    expect(appended).toEqual({
      offset: size,
      tail: undefined,
      whole: digestOf('sha256', plain),
      interruption: undefined,
    });
    expect((await on.bytes.stat(state.blobId))?.size).toBe(sealedLength(size, segmentSize));

    const whole = commit(state, appended);
    expect(await collect(on.blobs.readUpload(whole))).toEqual(plain);
    for (const algorithm of ['sha256', 'sha512'] as const) {
      expect(await on.blobs.finish(whole, algorithm)).toEqual({ size, digest: digestOf(algorithm, plain) });
    }
    expect(await collect(on.blobs.read({ ...state, size }, 0, size))).toEqual(plain);
  });

  it('is finished after a restart without a look at its bytes', async () => {
    const plain = randomBytes(segmentSize);
    const state = newUpload();
    const whole = commit(state, await append(state, bodyOf(plain)));
    await on.bytes.delete(state.blobId);
    const done = await on.restart().finish(whole, 'sha256');
    expect(done).toEqual({ size: segmentSize, digest: digestOf('sha256', plain) });
  });

  it('is not whole where the first body was longer, or empty, or was not the first', async () => {
    const long = await append(newUpload(), bodyOf(randomBytes(segmentSize + 1)));
    expect(long).toMatchObject({ offset: segmentSize + 1, whole: undefined });
    expect(await append(newUpload(), bodyOf())).toMatchObject({ offset: 0, tail: undefined, whole: undefined });

    const state = newUpload();
    const first = commit(state, await on.blobs.append(state, bodyOf(Buffer.of(1))));
    expect(first.whole).toBeUndefined();
    const second = await append(first, bodyOf(Buffer.of(2)));
    expect(second).toMatchObject({ offset: 2, whole: undefined });
    expect(await on.blobs.finish(commit(state, second), 'sha256')).toEqual({
      size: 2,
      digest: digestOf('sha256', Buffer.of(1, 2)),
    });
  });

  it('keeps what was received of a body that broke off', async () => {
    const plain = randomBytes(10);
    const state = newUpload();
    const appended = await append(state, brokenBody(new Error('gone'), plain));
    expect(appended).toMatchObject({ offset: 10, whole: digestOf('sha256', plain), interruption: new Error('gone') });
    expect(await collect(on.blobs.readUpload(commit(state, appended)))).toEqual(plain);
  });

  it('is begun anew over what an attempt has left that was not committed', async () => {
    const state = newUpload();
    await append(state, bodyOf(randomBytes(segmentSize)));
    const plain = randomBytes(5);
    const whole = commit(state, await append(state, bodyOf(plain)));
    expect(whole.whole).toBe(digestOf('sha256', plain));
    expect(await collect(on.blobs.readUpload(whole))).toEqual(plain);
  });

  it('takes nothing more in its file', async () => {
    const state = newUpload();
    const whole = commit(state, await append(state, bodyOf(Buffer.of(1))));
    await expect(append(whole, bodyOf(Buffer.of(2)))).rejects.toThrow(TypeError);
    await expect(on.blobs.finish(whole, 'sha256', bodyOf(Buffer.of(2)))).rejects.toThrow(TypeError);
    expect(await collect(on.blobs.readUpload(whole))).toEqual(Buffer.of(1));
  });
});
