import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainLength, sealedLength } from '../../src/blobs/layout.ts';
import { RegistryError } from '../../src/domain/errors.ts';
import {
  bodyOf,
  brokenBody,
  collect,
  commit,
  digestOf,
  engines,
  newUpload,
  openForEach,
  segmentSize,
} from './blob-stores.ts';

/* What uploads and reads of sealed blobs promise over every store, on this thread and through workers. */

describe.each(engines)('sealed blobs in $engine', (engine) => {
  const on = openForEach(engine);

  const sizes = [0, 1, segmentSize - 1, segmentSize, segmentSize + 1, 2 * segmentSize, 5 * segmentSize + 7];

  it.each(sizes)('of %i bytes are uploaded with a session', async (size) => {
    const plain = randomBytes(size);
    const state = newUpload();
    const appended = await on.blobs.append(state, bodyOf(plain));
    expect(appended).toMatchObject({ offset: size, interruption: undefined });
    expect(appended.tail === undefined).toBe(size === 0);
    const done = await on.blobs.finish(commit(state, appended), 'sha256');
    expect(done).toEqual({ size, digest: digestOf('sha256', plain) });
    expect(await collect(on.blobs.read({ ...state, size }, 0, size))).toEqual(plain);
    const stored = await on.bytes.stat(state.blobId);
    expect(stored?.size).toBe(sealedLength(size, segmentSize));
    expect(plainLength(stored?.size ?? 0, segmentSize)).toBe(size);
  });

  it.each(sizes)('of %i bytes are uploaded in one request, under either algorithm', async (size) => {
    const plain = randomBytes(size);
    for (const algorithm of ['sha256', 'sha512'] as const) {
      const state = newUpload();
      const done = await on.blobs.finish(state, algorithm, bodyOf(plain.subarray(0, 3), plain.subarray(3)));
      expect(done).toEqual({ size, digest: digestOf(algorithm, plain) });
      expect(await collect(on.blobs.read({ ...state, size }, 0, size))).toEqual(plain);
    }
  });

  it('of one segment have no file before the upload ends', async () => {
    const state = newUpload();
    const appended = await on.blobs.append(state, bodyOf(randomBytes(segmentSize)));
    expect(await on.bytes.stat(state.blobId)).toBeUndefined();
    await on.blobs.finish(commit(state, appended), 'sha256');
    expect(await on.bytes.stat(state.blobId)).toBeDefined();
  });

  it('come out the same however they are cut into requests and pieces, with restarts between', async () => {
    const piece = fc.oneof(
      fc.nat(5),
      fc.integer({ min: segmentSize - 1, max: segmentSize + 1 }),
      fc.nat(3 * segmentSize),
    );
    const request = fc.record({
      pieces: fc.array(piece, { maxLength: 5 }),
      restart: fc.boolean(),
      lost: fc.boolean(),
      again: fc.boolean(),
    });
    const upload = fc.record({
      requests: fc.array(request, { maxLength: 5 }),
      last: fc.option(fc.array(piece, { maxLength: 3 }), { nil: undefined }),
      algorithm: fc.constantFrom('sha256' as const, 'sha512' as const),
    });
    const cut = (lengths: readonly number[]): Buffer[] => lengths.map((length) => randomBytes(length));
    await fc.assert(
      fc.asyncProperty(upload, async ({ requests, last, algorithm }) => {
        let state = newUpload();
        const received: Buffer[] = [];
        for (const next of requests) {
          // Written, but a crash came before its state was committed.
          if (next.lost) await on.blobs.append(state, bodyOf(...cut(next.pieces)));
          if (next.restart) on.restart();
          const pieces = cut(next.pieces);
          state = commit(state, await on.blobs.append(state, bodyOf(...pieces)));
          received.push(...pieces);
          expect(state.offset).toBe(Buffer.concat(received).length);
          // An end whose digest the caller refused, or whose rows were not committed.
          if (next.again) await on.blobs.finish(state, 'sha256', bodyOf(...cut(next.pieces)));
        }
        const end = last && cut(last);
        const plain = Buffer.concat([...received, ...(end ?? [])]);
        const done = await on.blobs.finish(state, algorithm, end && bodyOf(...end));
        expect(done).toEqual({ size: plain.length, digest: digestOf(algorithm, plain) });
        expect(await collect(on.blobs.read({ ...state, size: done.size }, 0, done.size))).toEqual(plain);
      }),
      { numRuns: engine.runs },
    );
  });

  it('come out right when more uploads are under way than hash states are kept', async () => {
    on.restart({ hashStates: 1 });
    const uploads = Array.from({ length: 3 }, () => ({ state: newUpload(), plain: randomBytes(6 * segmentSize) }));
    for (const part of [0, 1]) {
      for (const upload of uploads) {
        const half = upload.plain.subarray(part * 100, part === 0 ? 100 : undefined);
        upload.state = commit(upload.state, await on.blobs.append(upload.state, bodyOf(half)));
      }
    }
    for (const { state, plain } of uploads) {
      expect((await on.blobs.finish(state, 'sha256')).digest).toBe(digestOf('sha256', plain));
    }
  });

  it('go on in segments of the size they began with when the setting changes', async () => {
    const plain = randomBytes(400);
    let state = newUpload();
    state = commit(state, await on.blobs.append(state, bodyOf(plain.subarray(0, 150))));
    for (const [from, size] of [[150, 7] as const, [300, 100] as const]) {
      on.restart({ segmentSize: size });
      state = commit(state, await on.blobs.append(state, bodyOf(plain.subarray(from, from === 150 ? 300 : 400))));
    }
    expect(await on.blobs.finish(state, 'sha256')).toEqual({ size: 400, digest: digestOf('sha256', plain) });
    expect(await collect(on.blobs.read({ ...state, size: 400 }, 0, 400))).toEqual(plain);

    const small = newUpload();
    const appended = await on.blobs.append(small, bodyOf(plain.subarray(0, 90)));
    on.restart({ segmentSize: 7 });
    const done = await on.blobs.finish(commit(small, appended), 'sha256', bodyOf(plain.subarray(90)));
    expect(done.digest).toBe(digestOf('sha256', plain));
  });

  it('give any range, at every boundary', async () => {
    const size = 3 * segmentSize + 5;
    const plain = randomBytes(size);
    const blob = await on.store(plain);
    const around = [0, 1, 2, 3].flatMap((segment) => [-1, 0, 1].map((step) => segment * segmentSize + step));
    const edges = [...around, size - 1, size].filter((edge) => edge >= 0);
    for (const start of edges) {
      for (const end of edges.filter((edge) => edge >= start)) {
        expect(await collect(on.blobs.read(blob, start, end))).toEqual(plain.subarray(start, end));
      }
    }
    await expect(collect(on.blobs.read(blob, 0, size + 1))).rejects.toThrow(RangeError);
    await expect(collect(on.blobs.read(blob, 2, 1))).rejects.toThrow(RangeError);
  });

  it('of one segment are read in one turn, others are not', async () => {
    for (const size of sizes) {
      const plain = randomBytes(size);
      const blob = await on.store(plain);
      expect(on.blobs.readSmall(blob)).toEqual(size <= segmentSize ? plain : undefined);
    }
    const blob = await on.store(randomBytes(10));
    expect(on.restart({ smallReadLimit: 9 }).readSmall(blob)).toBeUndefined();
  });

  it.each([3, 3 * segmentSize])('keep the %i bytes that came before the client went away', async (length) => {
    const plain = randomBytes(length + 10);
    const state = newUpload();
    const gone = new Error('gone');
    const appended = await on.blobs.append(state, brokenBody(gone, plain.subarray(0, length)));
    expect(appended).toMatchObject({ offset: length, interruption: gone });
    const rest = plain.subarray(length);
    const next = commit(state, appended);
    await expect(on.blobs.finish(next, 'sha256', brokenBody(gone, rest.subarray(0, 4)))).rejects.toBe(gone);
    expect((await on.blobs.finish(next, 'sha256', bodyOf(rest))).digest).toBe(digestOf('sha256', plain));
  });

  it('keep what came before the signal, though the body hangs', async () => {
    const abort = new AbortController();
    const body = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.from('abc');
      setImmediate(() => abort.abort());
      await new Promise(() => {});
    };
    const appended = await on.blobs.append(newUpload(), body(), { signal: abort.signal });
    expect(appended).toMatchObject({ offset: 3, interruption: { name: 'AbortError' } });
  });

  it('keep nothing of a body that throws a refusal of its own', async () => {
    const refusal = new RegistryError('uploadSizeMismatch', { announced: 1, received: 2 });
    for (const length of [3, 3 * segmentSize]) {
      const state = newUpload();
      await expect(on.blobs.append(state, brokenBody(refusal, randomBytes(length)))).rejects.toBe(refusal);
      const plain = randomBytes(100);
      expect((await on.blobs.finish(state, 'sha256', bodyOf(plain))).digest).toBe(digestOf('sha256', plain));
    }
  });

  it.each([10, 4 * segmentSize])('are refused when they have more than %i bytes in all', async (limit) => {
    const half = randomBytes(limit / 2);
    const state = newUpload();
    const appended = commit(state, await on.blobs.append(state, bodyOf(half), { limit }));
    const tooMuch = bodyOf(half, Buffer.of(1));
    const refused = { kind: 'layerTooLarge', parameters: { limit } };
    await expect(on.blobs.append(appended, tooMuch, { limit })).rejects.toMatchObject(refused);
    await expect(on.blobs.finish(appended, 'sha256', bodyOf(half, Buffer.of(1)), { limit })).rejects.toMatchObject(
      refused,
    );
    const done = await on.blobs.finish(appended, 'sha256', bodyOf(half), { limit });
    expect(done).toEqual({ size: limit, digest: digestOf('sha256', Buffer.concat([half, half])) });
  });

  it('are refused a second writer at the same time', async () => {
    const state = newUpload();
    const first = on.blobs.append(state, bodyOf(randomBytes(4 * segmentSize)));
    await expect(on.blobs.append(state, bodyOf(randomBytes(4)))).rejects.toThrow('being worked on');
    await expect(on.blobs.cancel(state)).rejects.toThrow('being worked on');
    const done = await on.blobs.finish(commit(state, await first), 'sha256');
    expect(done.size).toBe(4 * segmentSize);
  });

  it('survive that the caller wipes its key while they work', async () => {
    const plain = randomBytes(4 * segmentSize);
    const state = newUpload();
    const key = Buffer.from(state.dataKey);
    const finishing = on.blobs.finish(state, 'sha256', bodyOf(plain));
    state.dataKey.fill(0);
    await finishing;
    const blob = { blobId: state.blobId, size: plain.length, dataKey: key };
    const reading = on.blobs.read(blob, 0, plain.length);
    blob.dataKey = Buffer.alloc(32);
    expect(await collect(reading)).toEqual(plain);
  });

  it('are removed with an upload that is cancelled, and by deleting them', async () => {
    const state = newUpload();
    await on.blobs.append(state, bodyOf(randomBytes(4 * segmentSize)));
    const blob = await on.store(randomBytes(9));
    const page = await on.blobs.list(undefined, 10);
    expect(page.map(({ blobId }) => blobId)).toEqual([state.blobId, blob.blobId].toSorted());
    await on.blobs.cancel(state);
    expect(await on.blobs.list(undefined, 10)).toMatchObject([
      { blobId: blob.blobId, size: sealedLength(9, segmentSize) },
    ]);
    await on.blobs.cancel(newUpload());
    await on.blobs.delete(blob.blobId);
    expect(await on.blobs.list(undefined, 10)).toEqual([]);
  });

  it('are finished before the store closes, and none begins after', async () => {
    const state = newUpload();
    const plain = randomBytes(5 * segmentSize);
    const finishing = on.blobs.finish(state, 'sha256', bodyOf(plain.subarray(0, 50), plain.subarray(50)));
    await on.blobs.close();
    expect((await finishing).digest).toBe(digestOf('sha256', plain));
    await expect(on.blobs.append(newUpload(), bodyOf(plain))).rejects.toThrow('closed');
  });
});
