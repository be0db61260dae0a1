import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { RegistryError } from '../domain/errors.ts';
import { createBlobs } from './blobs.ts';
import { createMemoryBytes } from './memory.ts';
import type { ByteReader, ByteStore, ByteWriter, UploadState } from './port.ts';

/* What uploads and reads do when the store under them fails, and how often they go to it. */

const segmentSize = 16;

interface Watched {
  readonly bytes: ByteStore;
  /** Calls so far: `create`, `append`, `sync`, `open`, … */
  readonly calls: string[];
  /** Files that are open now. */
  open: number;
  /** Throws in the named call, once. */
  failNext: { call: string; error: Error } | undefined;
}

function watch(): Watched {
  const inner = createMemoryBytes();
  const step = (call: string): void => {
    watched.calls.push(call);
    const { failNext } = watched;
    if (failNext?.call !== call) return;
    watched.failNext = undefined;
    throw failNext.error;
  };
  const closing = (file: ByteReader | ByteWriter) => async () => {
    watched.open -= 1;
    await file.close();
  };
  const writer = (file: ByteWriter | undefined): ByteWriter | undefined => {
    if (file === undefined) return undefined;
    watched.open += 1;
    return {
      append: async (pieces) => (step('append'), file.append(pieces)),
      sync: async () => (step('sync'), file.sync()),
      close: closing(file),
    };
  };
  const watched: Watched = {
    calls: [],
    open: 0,
    failNext: undefined,
    bytes: {
      ...inner,
      create: async (id) => (step('create'), writer(await inner.create(id))),
      reopen: async (id, length) => (step('reopen'), writer(await inner.reopen(id, length))),
      async open(id) {
        step('open');
        const file = await inner.open(id);
        if (file === undefined) return undefined;
        watched.open += 1;
        const read: ByteReader['read'] = async (into, position) => (step('read'), file.read(into, position));
        return { size: file.size, read, close: closing(file) };
      },
    },
  };
  return watched;
}

async function* bodyOf(...pieces: Buffer[]): AsyncGenerator<Buffer> {
  yield* pieces;
}

const newUpload = (): UploadState => ({
  uploadId: randomBytes(15).toString('hex'),
  blobId: randomBytes(15).toString('hex'),
  offset: 0,
  tail: undefined,
  dataKey: randomBytes(32),
});

const sha256 = (plain: Buffer): string => `sha256:${createHash('sha256').update(plain).digest('hex')}`;

describe('an upload to a store that fails', () => {
  const plain = randomBytes(5 * segmentSize + 3);

  it.each(['create', 'append', 'sync'])(
    'is refused when %s finds no room, and goes on when there is some',
    async (call) => {
      for (const size of [segmentSize, plain.length]) {
        const watched = watch();
        const blobs = createBlobs({ bytes: watched.bytes, segmentSize });
        const state = newUpload();
        const part = plain.subarray(0, size);
        watched.failNext = { call, error: new RegistryError('storageFull', {}) };
        await expect(blobs.finish(state, 'sha256', bodyOf(part))).rejects.toMatchObject({ kind: 'storageFull' });
        expect(watched.open).toBe(0);
        const done = await blobs.finish(state, 'sha256', bodyOf(part));
        expect(done).toEqual({ size, digest: sha256(part) });
        expect(watched.open).toBe(0);
      }
    },
  );

  it('keeps the hash of what was committed when an append to it fails', async () => {
    const watched = watch();
    const blobs = createBlobs({ bytes: watched.bytes, segmentSize });
    const state = newUpload();
    const half = { ...state, ...(await blobs.append(state, bodyOf(plain.subarray(0, 40)))) };
    watched.failNext = { call: 'append', error: new Error('the disk has gone') };
    await expect(blobs.append(half, bodyOf(plain.subarray(40)))).rejects.toThrow('the disk has gone');
    watched.calls.length = 0;
    const done = await blobs.finish(half, 'sha256', bodyOf(plain.subarray(40)));
    expect(done.digest).toBe(sha256(plain));
    expect(watched.calls).not.toContain('read');
  });
});

describe('an upload', () => {
  it('of one segment goes to the store once, at its end: one write and one sync', async () => {
    const watched = watch();
    const blobs = createBlobs({ bytes: watched.bytes, segmentSize });
    const state = newUpload();
    const appended = await blobs.append(state, bodyOf(randomBytes(segmentSize)));
    expect(watched.calls).toEqual([]);
    await blobs.finish({ ...state, ...appended }, 'sha256');
    expect(watched.calls).toEqual(['create', 'append', 'sync']);
  });

  it('is synced before an append answers, unless nothing was written', async () => {
    const watched = watch();
    const blobs = createBlobs({ bytes: watched.bytes, segmentSize });
    const state = newUpload();
    const first = await blobs.append(state, bodyOf(randomBytes(segmentSize + 1)));
    expect(watched.calls).toEqual(['create', 'append', 'sync']);
    watched.calls.length = 0;
    await blobs.append({ ...state, ...first }, bodyOf(Buffer.alloc(3)));
    expect(watched.calls).toEqual([]);
  });

  it('is read back only when its hash state was lost, or is of another algorithm', async () => {
    const watched = watch();
    const plain = randomBytes(100);
    const blobs = createBlobs({ bytes: watched.bytes, segmentSize });
    const reads = async (algorithm: 'sha256' | 'sha512', restart: boolean): Promise<number> => {
      const state = newUpload();
      const first = { ...state, ...(await blobs.append(state, bodyOf(plain.subarray(0, 50)))) };
      const second = { ...first, ...(await blobs.append(first, bodyOf(plain.subarray(50, 70)))) };
      const later = restart ? createBlobs({ bytes: watched.bytes, segmentSize }) : blobs;
      watched.calls.length = 0;
      await later.finish(second, algorithm, bodyOf(plain.subarray(70)));
      return watched.calls.filter((call) => call === 'read').length;
    };
    expect(await reads('sha256', false)).toBe(0);
    expect(await reads('sha512', false)).toBeGreaterThan(0);
    expect(await reads('sha256', true)).toBeGreaterThan(0);
  });

  it('takes a body that comes a byte at a time', async () => {
    const plain = randomBytes(3000);
    const blobs = createBlobs({ bytes: createMemoryBytes(), segmentSize: 2000 });
    const crumbs = Array.from(plain, (byte) => Buffer.of(byte));
    expect((await blobs.finish(newUpload(), 'sha256', bodyOf(...crumbs))).digest).toBe(sha256(plain));
    const state = newUpload();
    const first = await blobs.append(state, bodyOf(...crumbs.slice(0, 1900)));
    const done = await blobs.finish({ ...state, ...first }, 'sha256', bodyOf(...crumbs.slice(1900)));
    expect(done.digest).toBe(sha256(plain));
  });

  it('tells a body that it stops, and asks no more of it', async () => {
    const blobs = createBlobs({ bytes: createMemoryBytes(), segmentSize });
    for (const size of [4, 4 * segmentSize]) {
      let given = 0;
      let stopped = false;
      const endless = async function* (): AsyncGenerator<Buffer> {
        try {
          for (;;) {
            given += 1;
            yield randomBytes(size);
          }
        } finally {
          stopped = true;
        }
      };
      const refused = blobs.finish(newUpload(), 'sha256', endless(), { limit: 2 * size });
      await expect(refused).rejects.toMatchObject({ kind: 'layerTooLarge' });
      expect({ given, stopped }).toEqual({ given: 3, stopped: true });
    }
  });
});

describe('a read', () => {
  const store = async (watched: Watched, size: number) => {
    const blobs = createBlobs({ bytes: watched.bytes, segmentSize });
    const { blobId, dataKey, ...state } = newUpload();
    await blobs.finish({ ...state, blobId, dataKey }, 'sha256', bodyOf(randomBytes(size)));
    watched.calls.length = 0;
    return { blobs, blob: { blobId, dataKey, size } };
  };

  it('closes the file when the reader stops early', async () => {
    const watched = watch();
    const { blobs, blob } = await store(watched, 10 * segmentSize);
    for await (const segment of blobs.read(blob, 0, blob.size)) {
      expect(watched.open).toBe(1);
      expect(segment.length).toBe(segmentSize);
      break;
    }
    expect(watched.open).toBe(0);
  });

  it('reads one segment ahead of its reader, never more', async () => {
    const watched = watch();
    const { blobs, blob } = await store(watched, 10 * segmentSize);
    const reading = blobs.read(blob, 0, blob.size);
    await reading.next();
    await new Promise((resolve) => setImmediate(resolve));
    // the header, the segment that was given, and the next one
    expect(watched.calls).toEqual(['open', 'read', 'read', 'read']);
    await reading.return();
  });

  it('of a range touches only the segments that the range lies in', async () => {
    const watched = watch();
    const { blobs, blob } = await store(watched, 10 * segmentSize);
    for await (const piece of blobs.read(blob, 5 * segmentSize, 6 * segmentSize))
      expect(piece.length).toBe(segmentSize);
    expect(watched.calls).toEqual(['open', 'read', 'read']);
  });

  it('fails with what the store said, and closes the file', async () => {
    const watched = watch();
    const { blobs, blob } = await store(watched, 10 * segmentSize);
    watched.failNext = { call: 'read', error: new Error('the disk has gone') };
    await expect(blobs.read(blob, 0, 1).next()).rejects.toThrow('the disk has gone');
    expect(watched.open).toBe(0);
  });
});
