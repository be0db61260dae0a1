import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBlobs } from './blobs.ts';
import { createBufferPool } from './buffers.ts';
import { createFilesystemBytes } from './filesystem.ts';
import type { Blobs, UploadState } from './port.ts';
import { createWorkerHosts } from './upload-pool.ts';

const segmentSize = 1024;
let root: string;
let blobs: Blobs;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'stowage-pool-'));
  blobs = createBlobs({ bytes: createFilesystemBytes({ root }), segmentSize, workers: 2 });
});
afterEach(async () => {
  await blobs.close();
  rmSync(root, { recursive: true });
});

const newUpload = (): UploadState => ({
  uploadId: randomBytes(15).toString('hex'),
  blobId: randomBytes(15).toString('hex'),
  offset: 0,
  tail: undefined,
  dataKey: randomBytes(32),
});

async function* bodyOf(plain: Buffer, step = 700): AsyncGenerator<Buffer> {
  for (let at = 0; at < plain.length; at += step) yield plain.subarray(at, at + step);
}

const sha256 = (plain: Buffer): string => `sha256:${createHash('sha256').update(plain).digest('hex')}`;

describe('the worker pool', () => {
  it('fails the uploads of a worker that dies, and replaces it', async () => {
    // Where the folder should be is a file: the worker cannot open the store and ends.
    rmSync(root, { recursive: true });
    writeFileSync(root, '');
    const plain = randomBytes(20 * segmentSize);
    const state = newUpload();
    await expect(blobs.finish(state, 'sha256', bodyOf(plain))).rejects.toThrow('worker thread for uploads has died');
    rmSync(root);
    mkdirSync(root);
    expect((await blobs.finish(state, 'sha256', bodyOf(plain))).digest).toBe(sha256(plain));
  });

  it('keeps many uploads apart that run at once', async () => {
    const plains = Array.from({ length: 12 }, (_, index) => randomBytes((index + 2) * segmentSize + index));
    const digests = await Promise.all(
      plains.map(async (plain) => {
        const state = newUpload();
        const half = plain.length >> 1;
        const first = await blobs.append(state, bodyOf(plain.subarray(0, half)));
        const done = await blobs.finish({ ...state, ...first }, 'sha256', bodyOf(plain.subarray(half), 99));
        const read: Buffer[] = [];
        for await (const piece of blobs.read({ ...state, size: done.size }, 0, done.size)) read.push(piece);
        expect(Buffer.concat(read)).toEqual(plain);
        return done.digest;
      }),
    );
    expect(digests).toEqual(plains.map(sha256));
  });

  it('gives no more room than three segments ahead of the worker', async () => {
    const hosts = createWorkerHosts({
      place: { kind: 'filesystem', root },
      workers: 1,
      pool: createBufferPool(segmentSize, 4),
    });
    const { uploadId, blobId, dataKey } = newUpload();
    const state = { segments: 0, tailLength: 0, mark: undefined, finish: 'sha256' } as const;
    const job = hosts.pick().begin({ uploadId, blobId, dataKey, segmentSize, ...state });
    const buffers = [await job.room(), await job.room(), await job.room()];
    let more = false;
    const room = job.room().then((buffer) => {
      more = true;
      return buffer;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(more).toBe(false);
    for (const buffer of buffers) await job.segment(buffer);
    const result = await job.end(await room, 10);
    expect(result.size).toBe(3 * segmentSize + 10);
    await hosts.close();
  });
});
