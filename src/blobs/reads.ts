import type { BufferPool } from './buffers.ts';
import {
  decodeHeader,
  headerLength,
  sealedLength,
  segmentCount,
  segmentLength,
  segmentOffset,
  segmentOverhead,
} from './layout.ts';
import { type ByteReader, type ByteStore, CorruptBlobError, type SealedBlob, type UploadState } from './port.ts';
import { openSegment, openTail } from './sealed.ts';

/** A blob file that is open, its header read and found to be the right one. */
export interface OpenBlob {
  readonly blobId: string;
  readonly reader: ByteReader;
  readonly header: Buffer;
  readonly segmentSize: number;
}

/** Opens a blob file, finished or not. Throws CorruptBlobError where there is none, or it is not this blob's. */
export async function openBlob(bytes: ByteStore, blobId: string): Promise<OpenBlob> {
  const reader = await bytes.open(blobId);
  if (reader === undefined) throw new CorruptBlobError(blobId, 'the file is missing');
  try {
    const header = Buffer.alloc(headerLength);
    const found = decodeHeader(header.subarray(0, await reader.read(header, 0)), blobId);
    if ('refusal' in found) throw new CorruptBlobError(blobId, found.refusal);
    return { blobId, reader, header, segmentSize: found.segmentSize };
  } catch (error) {
    await reader.close();
    throw error;
  }
}

/** Segments of an open file, one after another. */
export interface SegmentRange {
  readonly first: number;
  /** Not included. */
  readonly end: number;
  /** Plain bytes up to the end of the blob; undefined for an upload, where no segment is the last. */
  readonly size: number | undefined;
}

/**
 * Plain segments, the next one read while the consumer has this one. Two buffers serve for the whole read; what is
 * yielded is memory of its own.
 */
export async function* readSegments(
  blob: OpenBlob,
  key: Uint8Array,
  range: SegmentRange,
  pool: BufferPool,
): AsyncGenerator<Buffer, void, undefined> {
  const { segmentSize, reader, header } = blob;
  const { size } = range;
  const last = size === undefined ? -1 : segmentCount(size, segmentSize) - 1;
  const take = (): Buffer =>
    pool.length < segmentSize + segmentOverhead ? Buffer.allocUnsafe(segmentSize + segmentOverhead) : pool.take();
  const buffers: [Buffer, Buffer] = [take(), take()];

  const start = (segment: number): Promise<Buffer> => {
    const plain = size === undefined ? segmentSize : segmentLength(segment, size, segmentSize);
    const into = buffers[(segment % 2) as 0 | 1].subarray(0, plain + segmentOverhead);
    const reading = reader.read(into, segmentOffset(segment, segmentSize)).then((count) => into.subarray(0, count));
    reading.catch(() => {});
    return reading;
  };

  let ahead = start(range.first);
  try {
    for (let segment = range.first; segment < range.end; segment += 1) {
      const sealed = await ahead;
      if (segment + 1 < range.end) ahead = start(segment + 1);
      const plain = openSegment(key, header, { segment, last: segment === last }, sealed);
      if (plain === undefined) throw new CorruptBlobError(blob.blobId, `segment ${segment} does not open`);
      yield plain;
    }
  } finally {
    await ahead.catch(() => {});
    for (const buffer of buffers) pool.give(buffer);
  }
}

/** Plain bytes of a finished blob from `start` to `end` (not included), a segment at a time. */
export async function* readRange(
  bytes: ByteStore,
  blob: SealedBlob,
  range: { readonly start: number; readonly end: number },
  pool: BufferPool,
): AsyncGenerator<Buffer, void, undefined> {
  const { start, end } = range;
  if (start < 0 || start > end || end > blob.size) throw new RangeError(`No bytes ${start} to ${end} in ${blob.size}`);
  if (blob.sealed !== undefined) {
    const wanted = openHandedOver(blob, blob.sealed).subarray(start, end);
    if (wanted.length > 0) yield wanted;
    return;
  }
  const open = await openBlob(bytes, blob.blobId);
  try {
    const { segmentSize } = open;
    if (open.reader.size !== sealedLength(blob.size, segmentSize)) {
      throw new CorruptBlobError(blob.blobId, 'the length of the file does not fit the size of the blob');
    }
    // An empty blob has one segment too, and that it is really empty is authenticated.
    if (start === end && blob.size > 0) return;
    const first = Math.floor(start / segmentSize);
    const segments = { first, end: Math.max(first + 1, Math.ceil(end / segmentSize)), size: blob.size };
    let position = first * segmentSize;
    for await (const plain of readSegments(open, blob.dataKey, segments, pool)) {
      const wanted = plain.subarray(Math.max(0, start - position), Math.max(0, end - position));
      position += plain.length;
      if (wanted.length > 0) yield wanted;
    }
  } finally {
    await open.reader.close();
  }
}

/** Plain bytes that are committed of an upload: the segments of its file, then its tail. */
export async function* readUpload(
  bytes: ByteStore,
  state: UploadState,
  pool: BufferPool,
): AsyncGenerator<Buffer, void, undefined> {
  if (state.whole !== undefined) {
    const { blobId, offset: size, dataKey, sealed } = state;
    const blob = { blobId, size, dataKey, sealed };
    yield* readRange(bytes, blob, { start: 0, end: state.offset }, pool);
    return;
  }
  const tail = openTail(state.dataKey, state);
  const inFile = state.offset - tail.length;
  if (inFile > 0) {
    const open = await openBlob(bytes, state.blobId);
    try {
      const segments = { first: 0, end: inFile / open.segmentSize, size: undefined };
      yield* readSegments(open, state.dataKey, segments, pool);
    } finally {
      await open.reader.close();
    }
  }
  if (tail.length > 0) yield tail;
}

/** A blob of one segment in one turn; undefined where it has more, or the store cannot. */
export function readOneSegment(bytes: ByteStore, blob: SealedBlob, limit: number): Buffer | undefined {
  if (blob.sealed !== undefined) return openHandedOver(blob, blob.sealed);
  if (blob.size > limit || bytes.readWhole === undefined) return undefined;
  const content = bytes.readWhole(blob.blobId, lengthOfOne(blob.size));
  // Missing, of another length, or of several smaller segments: the slow way tells which.
  return content && openOneSegment(blob, content);
}

/** Bytes of a file of one segment. */
const lengthOfOne = (size: number): number => headerLength + segmentOverhead + size;

/** The plain bytes of a blob whose file the caller keeps. */
function openHandedOver(blob: SealedBlob, sealed: Uint8Array): Buffer {
  if (sealed.length !== lengthOfOne(blob.size)) {
    throw new CorruptBlobError(blob.blobId, 'what is kept of it does not fit its size');
  }
  return openOneSegment(blob, bufferOf(sealed));
}

/** The same memory as a Buffer. */
export const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function openOneSegment(blob: SealedBlob, content: Buffer): Buffer {
  const { blobId } = blob;
  const header = content.subarray(0, headerLength);
  const found = decodeHeader(header, blobId);
  if ('refusal' in found) throw new CorruptBlobError(blobId, found.refusal);
  const plain = openSegment(blob.dataKey, header, { segment: 0, last: true }, content.subarray(headerLength));
  if (plain === undefined) throw new CorruptBlobError(blobId, 'segment 0 does not open');
  return plain;
}
