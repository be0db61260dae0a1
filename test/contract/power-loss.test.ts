/**
 * A loss of power at every step of uploads and deletions, with nothing kept of what was not synced, with all of it, and
 * with whatever some seed keeps: what was acknowledged is read whole, and nothing else is ever taken for whole.
 */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createBlobs } from '../../src/blobs/blobs.ts';
import { createFilesystemBytes } from '../../src/blobs/filesystem.ts';
import { CorruptBlobError, type Blobs, type SealedBlob, type UploadState } from '../../src/blobs/port.ts';
import { createLossyDisk, type FrozenDisk, type Keeps, type LossyDisk } from '../support/crash/lossy-disk.ts';
import { randomNumbers } from '../support/crash/load.ts';
import { reportFigures } from '../support/crash/report.ts';
import { bodyOf, collect, commit, digestOf, newId, newUpload, segmentSize } from './blob-stores.ts';

const root = '/var/lib/stowage/blobs';
/** So many ways to lose at each step, besides all and nothing; and five times as many orders in which a disk answers. */
const seeds = Number(process.env['STOWAGE_POWER_LOSS_SEEDS'] ?? 3);

const openBlobs = (disk: LossyDisk): Blobs => {
  const bytes = createFilesystemBytes({ root, files: disk.files });
  return createBlobs({ bytes, workers: 0, segmentSize, smallUploadLimit: segmentSize });
};

/** An upload as its caller knows it: what it committed, and all of its bytes. */
interface Upload {
  state: UploadState;
  readonly plain: Buffer;
  status: 'open' | 'stored' | 'deleted';
}

/** A moment at which the power may go, and what had been acknowledged then. */
interface Moment {
  readonly step: string;
  readonly disk: FrozenDisk;
  readonly uploads: readonly Upload[];
}

/** Ids that begin alike share a folder, whose sync they share, too. */
const uploadIn = (folder: string, size: number): Upload => ({
  state: { ...newUpload(), blobId: `${folder}${newId().slice(2)}` },
  plain: randomBytes(size),
  status: 'open',
});

async function append(blobs: Blobs, upload: Upload, upTo: number): Promise<void> {
  const { state, plain } = upload;
  upload.state = commit(state, await blobs.append(state, bodyOf(plain.subarray(state.offset, upTo))));
}

async function finish(blobs: Blobs, upload: Upload): Promise<void> {
  const { state, plain } = upload;
  const { digest } = await blobs.finish(state, 'sha256', bodyOf(plain.subarray(state.offset)));
  expect(digest).toBe(digestOf('sha256', plain));
  upload.status = 'stored';
}

async function remove(blobs: Blobs, upload: Upload): Promise<void> {
  // rows go first: nobody asks for the blob any more when its bytes do
  upload.status = 'deleted';
  await blobs.delete(upload.state.blobId);
}

interface Course {
  readonly name: string;
  readonly uploads: () => Upload[];
  readonly run: (blobs: Blobs, uploads: readonly Upload[]) => Promise<unknown>;
}

const courses: readonly Course[] = [
  {
    name: 'a small blob',
    uploads: () => [uploadIn('aa', 20)],
    run: (blobs, [one]) => finish(blobs, one!),
  },
  {
    name: 'a blob of several segments',
    uploads: () => [uploadIn('aa', 5 * segmentSize + 3)],
    run: (blobs, [one]) => finish(blobs, one!),
  },
  {
    name: 'an upload in parts',
    uploads: () => [uploadIn('aa', 9 * segmentSize + 5)],
    async run(blobs, [one]) {
      for (const upTo of [10, 3 * segmentSize, 3 * segmentSize + 9, 7 * segmentSize + 1])
        await append(blobs, one!, upTo);
      await finish(blobs, one!);
    },
  },
  {
    name: 'a part that is sent again because its rows were not committed',
    uploads: () => [uploadIn('aa', 4 * segmentSize + 3)],
    async run(blobs, [one]) {
      await append(blobs, one!, 2 * segmentSize + 1);
      await blobs.append(one!.state, bodyOf(randomBytes(3 * segmentSize)));
      await append(blobs, one!, 4 * segmentSize);
      await blobs.finish(one!.state, 'sha256', bodyOf(randomBytes(50)));
      await finish(blobs, one!);
    },
  },
  {
    name: 'several at once in one new folder',
    uploads: () => [1, 20, segmentSize, 2 * segmentSize + 1, 70].map((size) => uploadIn('ab', size)),
    run: (blobs, uploads) => Promise.all(uploads.map((one) => finish(blobs, one))),
  },
  {
    name: 'one after another begun while others are synced, in two folders',
    uploads: () => [10, 40, 33, 90, 5, 64, 7, 8, 9].map((size, index) => uploadIn(index % 3 === 0 ? 'cd' : 'ab', size)),
    async run(blobs, uploads) {
      const running: Promise<void>[] = [];
      for (const [index, one] of uploads.entries()) {
        running.push(finish(blobs, one));
        for (let turn = 0; turn < 3 + 2 * index; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      }
      await Promise.all(running);
    },
  },
  {
    name: 'deletions among uploads',
    uploads: () => [40, 100, 30].map((size) => uploadIn('ef', size)),
    async run(blobs, [one, two, three]) {
      await finish(blobs, one!);
      await finish(blobs, two!);
      await Promise.all([remove(blobs, one!), finish(blobs, three!)]);
    },
  },
];

/** Every moment of a course; the first is that before its first step, the last after its end. */
async function momentsOf(course: Course, timing: number): Promise<Moment[]> {
  const moments: Moment[] = [];
  const uploads = course.uploads();
  const record = (step: string): void => {
    moments.push({ step, disk: disk.freeze(), uploads: uploads.map((one) => ({ ...one })) });
  };
  const random = randomNumbers(`timing ${timing}`);
  const turns = (): number => (timing === 0 ? 1 : 1 + random(6));
  const disk: LossyDisk = createLossyDisk({ onStep: record, turns });
  disk.files.mkdirsSync('/var/lib', 0o700);
  const base = disk.files.openSync('/var', 0);
  disk.files.fsyncSync(base);
  disk.files.fsyncSync(disk.files.openSync('/', 0));
  moments.length = 0;
  const blobs = openBlobs(disk);
  await course.run(blobs, uploads);
  await blobs.close();
  record('the end');
  return moments;
}

const read = async (blobs: Blobs, blob: SealedBlob): Promise<Buffer> =>
  blobs.readSmall(blob) ?? (await collect(blobs.read(blob, 0, blob.size)));

/** What is there after a loss of power, held against what had been acknowledged. */
async function check(blobs: Blobs, uploads: readonly Upload[]): Promise<void> {
  for (const { state, plain, status } of uploads) {
    const reading = read(blobs, { blobId: state.blobId, dataKey: state.dataKey, size: plain.length });
    if (status === 'stored') {
      expect((await reading).equals(plain)).toBe(true);
      continue;
    }
    // not acknowledged: whole, or known to be damaged; never other bytes
    const outcome = await reading.catch((error: unknown) => error);
    if (outcome instanceof Buffer) expect(outcome.equals(plain)).toBe(true);
    else expect(outcome).toBeInstanceOf(CorruptBlobError);
  }
}

/** Goes on with every upload from its committed state, after which it is as good as any. */
async function goOn(blobs: Blobs, uploads: readonly Upload[]): Promise<Upload[]> {
  const after = uploads.map((one) => ({ ...one }));
  for (const one of after) if (one.status === 'open') await finish(blobs, one);
  return after;
}

const nothing: Keeps = () => 'nothing';
const everything: Keeps = () => 'all';
const some = (seed: string): Keeps => {
  const random = randomNumbers(seed);
  return () => (['all', 'half', 'nothing', 'nothing'] as const)[random(4)]!;
};

let losses = 0;

/** Loses power at each moment of a course, in every way. */
async function loseAt(course: Course, timing: number): Promise<void> {
  const moments = await momentsOf(course, timing);
  expect(moments.map(({ step }) => step)).toEqual(expect.arrayContaining(['mkdir', 'create', 'write', 'synced']));
  for (const [index, { disk, uploads, step }] of moments.entries()) {
    const random = Array.from({ length: seeds }, (_, seed) => some(`${index} ${seed}`));
    const ways = timing === 0 ? [nothing, everything, ...random] : [nothing];
    for (const [way, keeps] of ways.entries()) {
      const what = `lost before step ${index} (${step}), timing ${timing}, way ${way}`;
      const after = disk.lose(keeps);
      const blobs = openBlobs(after);
      await expect(check(blobs, uploads), what).resolves.toBeUndefined();
      const done = await goOn(blobs, uploads);
      await blobs.close();
      // and once more: what was finished after the first loss stands the second
      const again = openBlobs(after.freeze().lose(nothing));
      await expect(check(again, done), `${what}, gone on, lost again`).resolves.toBeUndefined();
      await again.close();
      losses += 2;
    }
  }
}

test.for(courses)('$name: a loss of power at any step costs nothing that was acknowledged', async (course) => {
  for (let timing = 0; timing <= 5 * seeds; timing += 1) await loseAt(course, timing);
  expect(losses).toBeGreaterThan(0);
  reportFigures('power loss', { losses, lost: 0 });
});
