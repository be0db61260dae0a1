import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBlobs, type BlobsOptions } from '../../src/blobs/blobs.ts';
import { createFilesystemBytes } from '../../src/blobs/filesystem.ts';
import { headerLength, plainLength, sealedLength, segmentOffset, segmentOverhead } from '../../src/blobs/layout.ts';
import { createMemoryBytes } from '../../src/blobs/memory.ts';
import { type AppendResult, type Blobs, type ByteStore, CorruptBlobError, type UploadState } from '../../src/blobs/port.ts';
import { RegistryError } from '../../src/domain/errors.ts';

/*
 * What every store of bytes promises, and what sealed blobs promise over each of them. Segments are tiny, so that a
 * few hundred bytes have many.
 */

const folders: string[] = [];
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'stowage-blobs-'));
  folders.push(folder);
  return folder;
};
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const newId = (): string => randomBytes(15).toString('hex');
const segmentSize = 32;

async function readAll(bytes: ByteStore, id: string): Promise<Buffer> {
  const reader = await bytes.open(id);
  if (reader === undefined) throw new Error(`No bytes under ${id}`);
  const content = Buffer.alloc(reader.size);
  expect(await reader.read(content, 0)).toBe(reader.size);
  await reader.close();
  return content;
}

async function write(bytes: ByteStore, id: string, ...pieces: Buffer[]): Promise<void> {
  const writer = await bytes.create(id);
  if (writer === undefined) throw new Error(`${id} is taken`);
  await writer.append(pieces);
  await writer.sync();
  await writer.close();
}

/** Puts other bytes in the place of stored ones, as somebody with access to the disk could. */
async function overwrite(bytes: ByteStore, id: string, content: Buffer): Promise<void> {
  await bytes.delete(id);
  await write(bytes, id, content);
}

const stores = [
  { store: 'memory', open: () => createMemoryBytes() },
  { store: 'filesystem', open: () => createFilesystemBytes({ root: join(newFolder(), 'blobs') }) },
];

describe.each(stores)('bytes in the $store', ({ open }) => {
  let bytes: ByteStore;
  beforeEach(() => {
    bytes = open();
  });

  it('are read back as they were appended', async () => {
    const id = newId();
    const writer = await bytes.create(id);
    await writer?.append([Buffer.from('ab'), Buffer.from(''), Buffer.from('cde')]);
    await writer?.append([Buffer.from('f')]);
    await writer?.sync();
    await writer?.close();
    expect((await readAll(bytes, id)).toString()).toBe('abcdef');
  });

  it('are read from any position, and short only at the end', async () => {
    const id = newId();
    await write(bytes, id, Buffer.from('0123456789'));
    const reader = await bytes.open(id);
    const into = Buffer.alloc(4);
    expect(await reader?.read(into, 3)).toBe(4);
    expect(into.toString()).toBe('3456');
    expect(await reader?.read(into, 8)).toBe(2);
    expect(into.toString()).toBe('8956');
    expect(await reader?.read(into, 10)).toBe(0);
    await reader?.close();
  });

  it('are never made twice under one id', async () => {
    const id = newId();
    await write(bytes, id, Buffer.from('first'));
    expect(await bytes.create(id)).toBeUndefined();
    expect((await readAll(bytes, id)).toString()).toBe('first');
  });

  it('are cut when they are reopened, and go on from there', async () => {
    const id = newId();
    await write(bytes, id, Buffer.from('0123456789'));
    const writer = await bytes.reopen(id, 4);
    expect((await readAll(bytes, id)).toString()).toBe('0123');
    await writer?.append([Buffer.from('xy')]);
    await writer?.sync();
    await writer?.close();
    expect((await readAll(bytes, id)).toString()).toBe('0123xy');
  });

  it('are not reopened where they are missing or shorter', async () => {
    const id = newId();
    expect(await bytes.reopen(id, 0)).toBeUndefined();
    await write(bytes, id, Buffer.from('abc'));
    expect(await bytes.reopen(id, 4)).toBeUndefined();
    expect((await readAll(bytes, id)).toString()).toBe('abc');
  });

  it('are read whole in one turn if they have just the expected length', async () => {
    const id = newId();
    await write(bytes, id, Buffer.from('abc'));
    expect(bytes.readWhole?.(id, 3)?.toString()).toBe('abc');
    expect(bytes.readWhole?.(id, 2)).toBeUndefined();
    expect(bytes.readWhole?.(id, 4)).toBeUndefined();
    expect(bytes.readWhole?.(newId(), 0)).toBeUndefined();
  });

  it('are described with size and time, and are gone when they were deleted', async () => {
    const id = newId();
    expect(await bytes.stat(id)).toBeUndefined();
    expect(await bytes.open(id)).toBeUndefined();
    await write(bytes, id, Buffer.from('abc'));
    const found = await bytes.stat(id);
    expect(found).toMatchObject({ id, size: 3 });
    expect(Number.isInteger(found?.modifiedAt)).toBe(true);
    await bytes.delete(id);
    await bytes.delete(id);
    expect(await bytes.stat(id)).toBeUndefined();
    expect(await bytes.create(id)).toBeDefined();
  });

  it('stay readable for a reader that has them open when they are deleted', async () => {
    const id = newId();
    await write(bytes, id, Buffer.from('abc'));
    const reader = await bytes.open(id);
    await bytes.delete(id);
    const into = Buffer.alloc(3);
    expect(await reader?.read(into, 0)).toBe(3);
    expect(into.toString()).toBe('abc');
    await reader?.close();
  });

  it('are listed in pages, each once, in order of id', async () => {
    const ids = Array.from({ length: 25 }, newId).toSorted();
    for (const id of ids) await write(bytes, id, Buffer.from(id));
    for (const limit of [1, 4, 25, 100]) {
      const seen: string[] = [];
      for (;;) {
        const page = await bytes.list(seen.at(-1), limit);
        expect(page.length).toBeLessThanOrEqual(limit);
        if (page.length === 0) break;
        for (const { id, size } of page) {
          expect(size).toBe(id.length);
          seen.push(id);
        }
      }
      expect(seen).toEqual(ids);
    }
  });

  it.each(['', 'short', '../../../../../../etc/passwd', `${'a'.repeat(30)}/x`, 'A'.repeat(30), 'a'.repeat(49), `${'a'.repeat(30)}\n`])(
    'are not kept under the id %j',
    async (id) => {
      await expect(bytes.create(id)).rejects.toThrow(TypeError);
      await expect(bytes.reopen(id, 0)).rejects.toThrow(TypeError);
      await expect(bytes.open(id)).rejects.toThrow(TypeError);
      await expect(bytes.stat(id)).rejects.toThrow(TypeError);
      await expect(bytes.delete(id)).rejects.toThrow(TypeError);
      expect(() => bytes.readWhole?.(id, 1)).toThrow(TypeError);
    },
  );
});

/** Splits a body as a socket would. */
async function* bodyOf(...pieces: Buffer[]): AsyncGenerator<Buffer> {
  for (const piece of pieces) yield piece;
}

async function* brokenBody(error: Error, ...pieces: Buffer[]): AsyncGenerator<Buffer> {
  yield* pieces;
  throw error;
}

const newUpload = (): UploadState => ({
  uploadId: newId(),
  blobId: newId(),
  offset: 0,
  tail: undefined,
  dataKey: randomBytes(32),
});

const commit = (state: UploadState, { offset, tail }: AppendResult): UploadState => ({ ...state, offset, tail });

const digestOf = (algorithm: string, plain: Buffer): string =>
  `${algorithm}:${createHash(algorithm).update(plain).digest('hex')}`;

async function collect(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces);
}

const engines = [
  { engine: 'the memory', open: () => createMemoryBytes(), workers: 0, runs: 100 },
  { engine: 'the filesystem', open: () => createFilesystemBytes({ root: newFolder() }), workers: 0, runs: 25 },
  { engine: 'the filesystem by workers', open: () => createFilesystemBytes({ root: newFolder() }), workers: 2, runs: 6 },
];

describe.each(engines)('sealed blobs in $engine', ({ open, workers, runs }) => {
  let bytes: ByteStore;
  let blobs: Blobs;
  const opened: Blobs[] = [];
  /** As after a restart: the same bytes, nothing in memory. */
  const restart = (options: Partial<BlobsOptions> = {}): Blobs => {
    blobs = createBlobs({ bytes, workers, segmentSize, ...options });
    opened.push(blobs);
    return blobs;
  };
  beforeEach(() => {
    bytes = open();
    restart();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
  });

  const store = async (plain: Buffer, state = newUpload()) => {
    const { size } = await blobs.finish(state, 'sha256', bodyOf(plain));
    return { blobId: state.blobId, size, dataKey: state.dataKey };
  };

  const sizes = [0, 1, segmentSize - 1, segmentSize, segmentSize + 1, 2 * segmentSize, 5 * segmentSize + 7];

  it.each(sizes)('of %i bytes are uploaded with a session', async (size) => {
    const plain = randomBytes(size);
    const state = newUpload();
    const appended = await blobs.append(state, bodyOf(plain));
    expect(appended).toMatchObject({ offset: size, interruption: undefined });
    expect(appended.tail === undefined).toBe(size === 0);
    const done = await blobs.finish(commit(state, appended), 'sha256');
    expect(done).toEqual({ size, digest: digestOf('sha256', plain) });
    expect(await collect(blobs.read({ ...state, size }, 0, size))).toEqual(plain);
    const stored = await bytes.stat(state.blobId);
    expect(stored?.size).toBe(sealedLength(size, segmentSize));
    expect(plainLength(stored?.size ?? 0, segmentSize)).toBe(size);
  });

  it.each(sizes)('of %i bytes are uploaded in one request, under either algorithm', async (size) => {
    const plain = randomBytes(size);
    for (const algorithm of ['sha256', 'sha512'] as const) {
      const state = newUpload();
      const done = await blobs.finish(state, algorithm, bodyOf(plain.subarray(0, 3), plain.subarray(3)));
      expect(done).toEqual({ size, digest: digestOf(algorithm, plain) });
      expect(await collect(blobs.read({ ...state, size }, 0, size))).toEqual(plain);
    }
  });

  it('of one segment have no file before the upload ends', async () => {
    const state = newUpload();
    const appended = await blobs.append(state, bodyOf(randomBytes(segmentSize)));
    expect(await bytes.stat(state.blobId)).toBeUndefined();
    await blobs.finish(commit(state, appended), 'sha256');
    expect(await bytes.stat(state.blobId)).toBeDefined();
  });

  it('come out the same however they are cut into requests and pieces, with restarts between', async () => {
    const piece = fc.oneof(fc.nat(5), fc.integer({ min: segmentSize - 1, max: segmentSize + 1 }), fc.nat(3 * segmentSize));
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
          if (next.lost) await blobs.append(state, bodyOf(...cut(next.pieces)));
          if (next.restart) restart();
          const pieces = cut(next.pieces);
          state = commit(state, await blobs.append(state, bodyOf(...pieces)));
          received.push(...pieces);
          expect(state.offset).toBe(Buffer.concat(received).length);
          // An end whose digest the caller refused, or whose rows were not committed.
          if (next.again) await blobs.finish(state, 'sha256', bodyOf(...cut(next.pieces)));
        }
        const end = last && cut(last);
        const plain = Buffer.concat([...received, ...(end ?? [])]);
        const done = await blobs.finish(state, algorithm, end && bodyOf(...end));
        expect(done).toEqual({ size: plain.length, digest: digestOf(algorithm, plain) });
        expect(await collect(blobs.read({ ...state, size: done.size }, 0, done.size))).toEqual(plain);
      }),
      { numRuns: runs },
    );
  });

  it('come out right when more uploads are under way than hash states are kept', async () => {
    restart({ hashStates: 1 });
    const uploads = Array.from({ length: 3 }, () => ({ state: newUpload(), plain: randomBytes(6 * segmentSize) }));
    for (const part of [0, 1]) {
      for (const upload of uploads) {
        const half = upload.plain.subarray(part * 100, part === 0 ? 100 : undefined);
        upload.state = commit(upload.state, await blobs.append(upload.state, bodyOf(half)));
      }
    }
    for (const { state, plain } of uploads) {
      expect((await blobs.finish(state, 'sha256')).digest).toBe(digestOf('sha256', plain));
    }
  });

  it('go on in segments of the size they began with when the setting changes', async () => {
    const plain = randomBytes(400);
    let state = newUpload();
    state = commit(state, await blobs.append(state, bodyOf(plain.subarray(0, 150))));
    for (const [from, size] of [[150, 7] as const, [300, 100] as const]) {
      restart({ segmentSize: size });
      state = commit(state, await blobs.append(state, bodyOf(plain.subarray(from, from === 150 ? 300 : 400))));
    }
    expect(await blobs.finish(state, 'sha256')).toEqual({ size: 400, digest: digestOf('sha256', plain) });
    expect(await collect(blobs.read({ ...state, size: 400 }, 0, 400))).toEqual(plain);

    const small = newUpload();
    const appended = await blobs.append(small, bodyOf(plain.subarray(0, 90)));
    restart({ segmentSize: 7 });
    const done = await blobs.finish(commit(small, appended), 'sha256', bodyOf(plain.subarray(90)));
    expect(done.digest).toBe(digestOf('sha256', plain));
  });

  it('give any range, at every boundary', async () => {
    const size = 3 * segmentSize + 5;
    const plain = randomBytes(size);
    const blob = await store(plain);
    const around = [0, 1, 2, 3].flatMap((segment) => [-1, 0, 1].map((step) => segment * segmentSize + step));
    const edges = [...around, size - 1, size].filter((edge) => edge >= 0);
    for (const start of edges) {
      for (const end of edges.filter((edge) => edge >= start)) {
        expect(await collect(blobs.read(blob, start, end))).toEqual(plain.subarray(start, end));
      }
    }
    await expect(collect(blobs.read(blob, 0, size + 1))).rejects.toThrow(RangeError);
    await expect(collect(blobs.read(blob, 2, 1))).rejects.toThrow(RangeError);
  });

  it('of one segment are read in one turn, others are not', async () => {
    for (const size of sizes) {
      const plain = randomBytes(size);
      const blob = await store(plain);
      expect(blobs.readSmall(blob)).toEqual(size <= segmentSize ? plain : undefined);
    }
    const blob = await store(randomBytes(10));
    expect(restart({ smallReadLimit: 9 }).readSmall(blob)).toBeUndefined();
  });

  it('refuse to open when any byte was changed', async () => {
    for (const size of [0, 3, segmentSize, segmentSize + 3]) {
      const blob = await store(randomBytes(size));
      const good = await readAll(bytes, blob.blobId);
      for (let at = 0; at < good.length; at += 1) {
        const bad = Buffer.from(good);
        bad.writeUInt8(bad.readUInt8(at) ^ (1 << at % 8), at);
        await overwrite(bytes, blob.blobId, bad);
        await expect(collect(blobs.read(blob, 0, size))).rejects.toThrow(CorruptBlobError);
        if (size <= segmentSize) expect(() => blobs.readSmall(blob)).toThrow(CorruptBlobError);
      }
      await overwrite(bytes, blob.blobId, good);
      expect((await collect(blobs.read(blob, 0, size))).length).toBe(size);
    }
  });

  it('refuse to open when they were cut, extended, re-ordered, exchanged or lost', async () => {
    const size = 3 * segmentSize;
    const blob = await store(randomBytes(size));
    const other = await store(randomBytes(size), { ...newUpload(), dataKey: blob.dataKey });
    const good = await readAll(bytes, blob.blobId);
    const foreign = await readAll(bytes, other.blobId);
    const at = (segment: number): number => segmentOffset(segment, segmentSize);
    const part = (from: number, to: number, content = good): Buffer => content.subarray(at(from), at(to));
    const header = good.subarray(0, headerLength);
    const cases: [string, Buffer, number?][] = [
      ['the last segment is missing', good.subarray(0, at(2))],
      ['the last segment is missing and the size was made to fit', good.subarray(0, at(2)), 2 * segmentSize],
      ['only the header is left', header],
      ['nothing is left', Buffer.alloc(0)],
      ['only the header is left and the size says empty', header, 0],
      ['the last byte is missing', good.subarray(0, -1)],
      ['a byte was added', Buffer.concat([good, Buffer.of(0)])],
      ['a segment was added', Buffer.concat([good, part(2, 3)])],
      ['a segment was added and the size was made to fit', Buffer.concat([good, part(2, 3)]), 4 * segmentSize],
      ['two segments were swapped', Buffer.concat([header, part(1, 2), part(0, 1), part(2, 3)])],
      ['a segment stands twice', Buffer.concat([header, part(0, 1), part(0, 1), part(2, 3)])],
      ['a segment is that of another blob', Buffer.concat([header, part(0, 1), part(1, 2, foreign), part(2, 3)])],
      ['all segments are those of another blob', Buffer.concat([header, part(0, 3, foreign)])],
      ['the file is that of another blob', foreign],
    ];
    for (const [what, content, pretended = size] of cases) {
      await overwrite(bytes, blob.blobId, content);
      const read = collect(blobs.read({ ...blob, size: pretended }, 0, pretended));
      await expect(read, what).rejects.toThrow(CorruptBlobError);
    }
    await bytes.delete(blob.blobId);
    await expect(collect(blobs.read(blob, 0, size))).rejects.toThrow(CorruptBlobError);
    const stranger = { ...other, dataKey: randomBytes(32) };
    await expect(collect(blobs.read(stranger, 0, size))).rejects.toThrow(CorruptBlobError);
  });

  it('refuse to go on when file, tail or offset of the upload do not fit', async () => {
    const state = newUpload();
    const appended = await blobs.append(state, bodyOf(randomBytes(3 * segmentSize)));
    const good = commit(state, appended);
    const refused = (bad: Partial<UploadState>) =>
      expect(blobs.append({ ...good, ...bad }, bodyOf(randomBytes(2 * segmentSize)))).rejects.toThrow(CorruptBlobError);
    await refused({ offset: good.offset + 1 });
    await refused({ offset: 0 });
    await refused({ tail: undefined });
    await refused({ uploadId: newId() });
    await refused({ dataKey: randomBytes(32) });
    await refused({ tail: Buffer.concat([good.tail as Buffer, Buffer.of(0)]) });
    const reopened = await bytes.reopen(state.blobId, headerLength + segmentSize + segmentOverhead);
    await reopened?.close();
    await refused({});
    await expect(blobs.finish(good, 'sha512')).rejects.toThrow(CorruptBlobError);
  });

  it('notice damage when an upload is read back to hash it again', async () => {
    const state = newUpload();
    const appended = await blobs.append(state, bodyOf(randomBytes(4 * segmentSize)));
    const content = await readAll(bytes, state.blobId);
    content.writeUInt8(content.readUInt8(headerLength + 20) ^ 1, headerLength + 20);
    await overwrite(bytes, state.blobId, content);
    restart();
    await expect(blobs.finish(commit(state, appended), 'sha256')).rejects.toThrow(CorruptBlobError);
  });

  it('show nothing of what is in them, neither in files nor in tails', async () => {
    const marker = Buffer.from('a marker that is easy to find');
    const plain = Buffer.concat(Array.from({ length: 12 }, () => marker));
    const state = newUpload();
    const appended = await blobs.append(state, bodyOf(plain));
    await store(marker);
    await store(plain);
    for (const { id } of await bytes.list(undefined, 100)) {
      const content = await readAll(bytes, id);
      expect(content.includes('marker')).toBe(false);
      expect(content.includes(state.dataKey)).toBe(false);
    }
    expect(appended.tail?.includes('marker')).toBe(false);
  });

  it.each([3, 3 * segmentSize])('keep the %i bytes that came before the client went away', async (length) => {
    const plain = randomBytes(length + 10);
    const state = newUpload();
    const gone = new Error('gone');
    const appended = await blobs.append(state, brokenBody(gone, plain.subarray(0, length)));
    expect(appended).toMatchObject({ offset: length, interruption: gone });
    const rest = plain.subarray(length);
    const next = commit(state, appended);
    await expect(blobs.finish(next, 'sha256', brokenBody(gone, rest.subarray(0, 4)))).rejects.toBe(gone);
    expect((await blobs.finish(next, 'sha256', bodyOf(rest))).digest).toBe(digestOf('sha256', plain));
  });

  it('keep what came before the signal, though the body hangs', async () => {
    const abort = new AbortController();
    const body = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.from('abc');
      setImmediate(() => abort.abort());
      await new Promise(() => {});
    };
    const appended = await blobs.append(newUpload(), body(), { signal: abort.signal });
    expect(appended).toMatchObject({ offset: 3, interruption: { name: 'AbortError' } });
  });

  it('keep nothing of a body that throws a refusal of its own', async () => {
    const refusal = new RegistryError('uploadSizeMismatch', { announced: 1, received: 2 });
    for (const length of [3, 3 * segmentSize]) {
      const state = newUpload();
      await expect(blobs.append(state, brokenBody(refusal, randomBytes(length)))).rejects.toBe(refusal);
      const plain = randomBytes(100);
      expect((await blobs.finish(state, 'sha256', bodyOf(plain))).digest).toBe(digestOf('sha256', plain));
    }
  });

  it.each([10, 4 * segmentSize])('are refused when they have more than %i bytes in all', async (limit) => {
    const half = randomBytes(limit / 2);
    const state = newUpload();
    const appended = commit(state, await blobs.append(state, bodyOf(half), { limit }));
    const tooMuch = bodyOf(half, Buffer.of(1));
    const refused = { kind: 'layerTooLarge', parameters: { limit } };
    await expect(blobs.append(appended, tooMuch, { limit })).rejects.toMatchObject(refused);
    await expect(blobs.finish(appended, 'sha256', bodyOf(half, Buffer.of(1)), { limit })).rejects.toMatchObject(refused);
    const done = await blobs.finish(appended, 'sha256', bodyOf(half), { limit });
    expect(done).toEqual({ size: limit, digest: digestOf('sha256', Buffer.concat([half, half])) });
  });

  it('are refused a second writer at the same time', async () => {
    const state = newUpload();
    const first = blobs.append(state, bodyOf(randomBytes(4 * segmentSize)));
    await expect(blobs.append(state, bodyOf(randomBytes(4)))).rejects.toThrow('being worked on');
    await expect(blobs.cancel(state)).rejects.toThrow('being worked on');
    const done = await blobs.finish(commit(state, await first), 'sha256');
    expect(done.size).toBe(4 * segmentSize);
  });

  it('survive that the caller wipes its key while they work', async () => {
    const plain = randomBytes(4 * segmentSize);
    const state = newUpload();
    const key = Buffer.from(state.dataKey);
    const finishing = blobs.finish(state, 'sha256', bodyOf(plain));
    state.dataKey.fill(0);
    await finishing;
    const blob = { blobId: state.blobId, size: plain.length, dataKey: key };
    const reading = blobs.read(blob, 0, plain.length);
    blob.dataKey = Buffer.alloc(32);
    expect(await collect(reading)).toEqual(plain);
  });

  it('are removed with an upload that is cancelled, and by deleting them', async () => {
    const state = newUpload();
    await blobs.append(state, bodyOf(randomBytes(4 * segmentSize)));
    const blob = await store(randomBytes(9));
    const page = await blobs.list(undefined, 10);
    expect(page.map(({ blobId }) => blobId)).toEqual([state.blobId, blob.blobId].toSorted());
    await blobs.cancel(state);
    expect(await blobs.list(undefined, 10)).toMatchObject([{ blobId: blob.blobId, size: sealedLength(9, segmentSize) }]);
    await blobs.cancel(newUpload());
    await blobs.delete(blob.blobId);
    expect(await blobs.list(undefined, 10)).toEqual([]);
  });

  it('are finished before the store closes, and none begins after', async () => {
    const state = newUpload();
    const plain = randomBytes(5 * segmentSize);
    const finishing = blobs.finish(state, 'sha256', bodyOf(plain.subarray(0, 50), plain.subarray(50)));
    await blobs.close();
    expect((await finishing).digest).toBe(digestOf('sha256', plain));
    await expect(blobs.append(newUpload(), bodyOf(plain))).rejects.toThrow('closed');
  });
});
