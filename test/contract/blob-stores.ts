import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect } from 'vitest';
import { createBlobs, type BlobsOptions } from '../../src/blobs/blobs.ts';
import { createFilesystemBytes } from '../../src/blobs/filesystem.ts';
import { createMemoryBytes } from '../../src/blobs/memory.ts';
import type { AppendResult, Blobs, ByteStore, SealedBlob, UploadState } from '../../src/blobs/port.ts';

/* What the suites over stores and sealed blobs share. Segments are tiny, so that a few hundred bytes have many. */

const folders: string[] = [];
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'stowage-blobs-'));
  folders.push(folder);
  return folder;
};
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

export const newId = (): string => randomBytes(15).toString('hex');
export const segmentSize = 32;

export async function readAll(bytes: ByteStore, id: string): Promise<Buffer> {
  const reader = await bytes.open(id);
  if (reader === undefined) throw new Error(`No bytes under ${id}`);
  const content = Buffer.alloc(reader.size);
  expect(await reader.read(content, 0)).toBe(reader.size);
  await reader.close();
  return content;
}

export async function write(bytes: ByteStore, id: string, ...pieces: Buffer[]): Promise<void> {
  const writer = await bytes.create(id);
  if (writer === undefined) throw new Error(`${id} is taken`);
  await writer.append(pieces);
  await writer.sync();
  await writer.close();
}

/** Puts other bytes in the place of stored ones, as somebody with access to the disk could. */
export async function overwrite(bytes: ByteStore, id: string, content: Buffer): Promise<void> {
  await bytes.delete(id);
  await write(bytes, id, content);
}

export const stores = [
  { store: 'memory', open: () => createMemoryBytes() },
  { store: 'filesystem', open: () => createFilesystemBytes({ root: join(newFolder(), 'blobs') }) },
];

/** Splits a body as a socket would. */
export async function* bodyOf(...pieces: Buffer[]): AsyncGenerator<Buffer> {
  for (const piece of pieces) yield piece;
}

export async function* brokenBody(error: Error, ...pieces: Buffer[]): AsyncGenerator<Buffer> {
  yield* pieces;
  throw error;
}

export const newUpload = (): UploadState => ({
  uploadId: newId(),
  blobId: newId(),
  offset: 0,
  tail: undefined,
  dataKey: randomBytes(32),
});

export const commit = (state: UploadState, { offset, tail }: AppendResult): UploadState => ({ ...state, offset, tail });

export const digestOf = (algorithm: string, plain: Buffer): string =>
  `${algorithm}:${createHash(algorithm).update(plain).digest('hex')}`;

export async function collect(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces);
}

export const engines = [
  { engine: 'the memory', open: () => createMemoryBytes(), workers: 0, runs: 100 },
  { engine: 'the filesystem', open: () => createFilesystemBytes({ root: newFolder() }), workers: 0, runs: 25 },
  {
    engine: 'the filesystem by workers',
    open: () => createFilesystemBytes({ root: newFolder() }),
    workers: 2,
    runs: 6,
  },
];

/** One of {@link engines}, opened for each test of a suite. */
export interface Opened {
  readonly bytes: ByteStore;
  readonly blobs: Blobs;
  /** As after a restart: the same bytes, nothing in memory. */
  restart(options?: Partial<BlobsOptions>): Blobs;
  store(plain: Buffer, state?: UploadState): Promise<SealedBlob>;
}

/** Opens a new store before each test, and closes everything after it. Call it inside `describe`. */
export function openForEach(engine: (typeof engines)[number]): Opened {
  let bytes: ByteStore;
  let blobs: Blobs;
  const opened: Blobs[] = [];
  const restart = (options: Partial<BlobsOptions> = {}): Blobs => {
    blobs = createBlobs({ bytes, workers: engine.workers, segmentSize, ...options });
    opened.push(blobs);
    return blobs;
  };
  beforeEach(() => {
    bytes = engine.open();
    restart();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
  });
  return {
    get bytes() {
      return bytes;
    },
    get blobs() {
      return blobs;
    },
    restart,
    async store(plain, state = newUpload()) {
      const { size } = await blobs.finish(state, 'sha256', bodyOf(plain));
      return { blobId: state.blobId, size, dataKey: state.dataKey };
    },
  };
}
