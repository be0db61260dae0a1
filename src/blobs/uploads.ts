import { createHash } from 'node:crypto';
import { releaseLater, releasePiece } from '../lib/release.ts';
import { type Body, createBody } from './body.ts';
import { createBufferPool, createHolder, type Holder } from './buffers.ts';
import { defaultSegmentSize, encodeHeader, segmentOverhead } from './layout.ts';
import {
  type AppendResult,
  type BodyOptions,
  type ByteStore,
  blobIdPattern,
  CorruptBlobError,
  type DigestAlgorithm,
  type UploadState,
} from './port.ts';
import { bufferOf, openBlob, readRange } from './reads.ts';
import { openTail, sealSegment, sealTail } from './sealed.ts';
import { type JobResult, markOf, openForSegment } from './upload-engine.ts';
import type { UploadHost, UploadHosts, UploadJob } from './upload-hosts.ts';

export interface UploadParts {
  readonly bytes: ByteStore;
  readonly hosts: UploadHosts;
  readonly segmentSize: number;
  /** Uploads of up to so many bytes are worked on here, in memory; at most the segment size. */
  readonly smallUploadLimit: number;
  /** Finished blobs of up to so many bytes are handed over to the caller and have no file. */
  readonly handOverLimit: number;
  /** So many uploads keep the state of their hash between requests. */
  readonly hashStates: number;
}

export interface Uploads {
  append(state: UploadState, source: AsyncIterable<Buffer>, options: BodyOptions): Promise<AppendResult>;
  finish(
    state: UploadState,
    algorithm: DigestAlgorithm,
    source: AsyncIterable<Buffer> | undefined,
    options: BodyOptions,
  ): Promise<Finished>;
  forget(uploadId: string): void;
}

interface Finished {
  readonly size: number;
  readonly digest: string;
  readonly sealed?: Buffer | undefined;
}

/** What became of the bytes; `sealed` where they are the caller's to keep. */
type Outcome = JobResult & { readonly sealed?: Buffer | undefined };

/** Where an upload has its hash state. The host knows of which committed state it is, and uses it for no other. */
interface Route {
  readonly host: UploadHost;
  readonly segmentSize: number;
}

/** What one call works on. */
interface Work {
  readonly state: UploadState;
  readonly key: Buffer;
  readonly tail: Buffer;
  readonly finish: DigestAlgorithm | undefined;
  readonly body: Body;
  readonly given: boolean;
  /** Whether an append may leave a finished file behind. */
  readonly mayBeWhole: boolean;
}

/**
 * Decides where an upload is worked on. As long as all of it fits into the tail (up to `smallUploadLimit`) it stays
 * here and has no file before its end; then a host takes it: a worker, or this thread for stores that a worker cannot
 * open. A host gets the upload in whole segments, the tail of the last time in front of the first one.
 */
export function createUploads(parts: UploadParts): Uploads {
  const { bytes, hosts } = parts;
  const smallUploadLimit = Math.min(parts.smallUploadLimit, parts.segmentSize);
  const routes = new Map<string, Route>();

  const forget = (uploadId: string): void => {
    const route = routes.get(uploadId);
    routes.delete(uploadId);
    if (route?.host.alive === true) route.host.forget(uploadId);
  };
  const remember = (uploadId: string, route: Route): void => {
    routes.delete(uploadId);
    routes.set(uploadId, route);
    if (routes.size > parts.hashStates) forget(routes.keys().next().value as string);
  };

  /** The host that has worked on the upload before, or any. */
  const routeOf = async (work: Work): Promise<Route> => {
    const { uploadId, blobId, offset } = work.state;
    const known = routes.get(uploadId);
    if (known?.host.alive === true) return known;
    const inFile = offset > work.tail.length;
    return { host: hosts.pick(), segmentSize: inFile ? await segmentSizeOf(bytes, blobId) : parts.segmentSize };
  };

  const runLarge = async (work: Work, pieces: readonly Buffer[]): Promise<JobResult> => {
    const { state, finish, tail, key } = work;
    const { uploadId, blobId } = state;
    const mark = markOf(state.tail);
    const { host, segmentSize } = await routeOf(work);
    const segments = (state.offset - tail.length) / segmentSize;
    if (!Number.isInteger(segments)) throw new CorruptBlobError(blobId, 'offset and tail of its upload do not fit');
    const start = { uploadId, blobId, dataKey: key, segmentSize, segments, tailLength: tail.length, mark, finish };
    const job = host.begin(start);
    let result: JobResult;
    try {
      result = await feed(job, work.body, {
        pieces,
        segmentSize,
        mustEnd: finish !== undefined,
        given: work.given,
      });
    } catch (error) {
      await job.abandon();
      throw error;
    }
    if (finish !== undefined) forget(uploadId);
    else remember(uploadId, { host, segmentSize });
    return result;
  };

  const run = async (work: Work): Promise<Outcome> => {
    const { state, tail, finish, body } = work;
    const held = createHolder();
    if (tail.length > 0) held.add(tail);
    const isSmall = (more: number): boolean => tail.length === state.offset && held.length + more <= smallUploadLimit;

    let piece = await body.next();
    if (piece === undefined && finish === undefined) return { size: state.offset, tail: state.tail, digest: undefined };
    while (piece !== undefined && isSmall(piece.length)) {
      held.add(piece);
      piece = await body.next();
    }
    if (piece !== undefined || !isSmall(0))
      return runLarge(work, piece === undefined ? held.pieces : [...held.pieces, piece]);
    return runSmall(parts, work, held);
  };

  const withKey = async (work: Omit<Work, 'key' | 'tail'>): Promise<Outcome> => {
    const { state, body } = work;
    if (!blobIdPattern.test(state.blobId)) throw new TypeError('Not the id of a blob');
    const key = Buffer.from(state.dataKey);
    try {
      return await run({ ...work, key, tail: openTail(key, state) });
    } finally {
      body.stop();
      key.fill(0);
    }
  };

  return {
    forget,
    async append(state, source, options) {
      if (state.whole !== undefined) throw new TypeError('A whole upload cannot be appended to');
      const body = createBody(source, state.offset, options);
      const work = { state, body, given: options.given === true, finish: undefined };
      const { size, tail, digest, sealed } = await withKey({
        ...work,
        mayBeWhole: state.offset === 0 && options.wholeIfShort === true,
      });
      return { offset: size, tail: tail && Buffer.from(tail), whole: digest, sealed, interruption: body.interruption };
    },
    async finish(state, algorithm, source, options) {
      if (state.whole !== undefined) {
        if (source !== undefined) throw new TypeError('A whole upload has no room for a last body');
        return finishWhole(bytes, state, algorithm);
      }
      const body = createBody(source, state.offset, options);
      const work = { state, body, given: options.given === true, mayBeWhole: false };
      const { size, digest, sealed } = await withKey({ ...work, finish: algorithm });
      return { size, digest: digest as string, sealed };
    },
  };
}

/** All of a small upload is here: it becomes a tail, or a file of one segment in one write, or the caller's. */
async function runSmall(parts: UploadParts, work: Work, plain: Holder): Promise<Outcome> {
  const { state, key, finish, body } = work;
  const { length: size, pieces } = plain;
  if (finish === undefined && !work.mayBeWhole) {
    return { size, tail: sealTail(key, state.uploadId, size, pieces), digest: undefined };
  }
  if (finish !== undefined && body.interruption !== undefined) throw body.interruption;
  const algorithm = finish ?? 'sha256';
  const hash = createHash(algorithm);
  for (const piece of pieces) hash.update(piece);
  const header = encodeHeader(state.blobId, parts.segmentSize);
  const sealed = sealSegment(key, header, { segment: 0, last: true }, pieces);
  if (work.given) pieces.forEach(releaseLater);
  const result = { size, tail: undefined, digest: `${algorithm}:${hash.digest('hex')}` };
  if (size <= parts.handOverLimit) return { ...result, sealed: Buffer.concat([header, ...sealed]) };
  try {
    await writeFile(parts, state.blobId, [header, ...sealed]);
  } finally {
    sealed.forEach(releasePiece);
  }
  return result;
}

/** Writes a file of one segment; it is durable when this resolves. */
async function writeFile(parts: UploadParts, blobId: string, pieces: readonly Buffer[]): Promise<void> {
  const writer = await openForSegment(parts.bytes, blobId, 0, parts.segmentSize);
  try {
    await writer.append(pieces);
    await writer.sync();
  } finally {
    await writer.close();
  }
}

/** Nothing is left to be written; only a digest of the other kind wants the bytes once more. */
async function finishWhole(
  bytes: ByteStore,
  { blobId, offset: size, dataKey, whole, sealed }: UploadState,
  algorithm: DigestAlgorithm,
): Promise<Finished> {
  const kept = sealed && bufferOf(sealed);
  if (whole?.startsWith(`${algorithm}:`)) return { size, digest: whole, sealed: kept };
  const key = Buffer.from(dataKey);
  const hash = createHash(algorithm);
  const pool = createBufferPool(defaultSegmentSize + segmentOverhead, 0);
  try {
    const blob = { blobId, size, dataKey: key, sealed };
    for await (const plain of readRange(bytes, blob, { start: 0, end: size }, pool)) hash.update(plain);
  } finally {
    key.fill(0);
  }
  return { size, digest: `${algorithm}:${hash.digest('hex')}`, sealed: kept };
}

/** Fills buffers of a segment each. One is handed over when a byte more comes, so that the last is known for the last. */
async function feed(
  job: UploadJob,
  body: Body,
  options: {
    readonly pieces: readonly Buffer[];
    readonly segmentSize: number;
    readonly mustEnd: boolean;
    readonly given: boolean;
  },
): Promise<JobResult> {
  const { pieces, segmentSize } = options;
  let buffer = await job.room();
  let filled = 0;
  const put = async (piece: Buffer): Promise<void> => {
    for (let taken = 0; taken < piece.length;) {
      if (filled === segmentSize) {
        await job.segment(buffer);
        buffer = await job.room();
        filled = 0;
      }
      const count = piece.copy(buffer, filled, taken);
      taken += count;
      filled += count;
    }
  };
  for (const piece of pieces) await put(piece);
  for (let piece = await body.next(); piece !== undefined; piece = await body.next()) {
    await put(piece);
    if (options.given) releaseLater(piece);
  }
  if (options.mustEnd && body.interruption !== undefined) throw body.interruption;
  return job.end(buffer, filled);
}

/** Of an upload that has a file: its segments stay as large as they were when it began. */
async function segmentSizeOf(bytes: ByteStore, blobId: string): Promise<number> {
  const open = await openBlob(bytes, blobId);
  await open.reader.close();
  return open.segmentSize;
}
