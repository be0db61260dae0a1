import { availableParallelism } from 'node:os';
import { BoundedMap } from '../lib/bounded-map.ts';
import { createBufferPool } from './buffers.ts';
import { defaultSegmentSize, largestSegmentSize, segmentOverhead } from './layout.ts';
import type { Blobs, ByteStore } from './port.ts';
import { readOneSegment, readRange, readUpload } from './reads.ts';
import { createLocalHosts } from './upload-hosts.ts';
import { createWorkerHosts } from './upload-pool.ts';
import { createUploads } from './uploads.ts';

export interface BlobsOptions {
  readonly bytes: ByteStore;
  /** Worker threads for uploads, at most; 0 works on the calling thread. Default: one for each core, up to 4. */
  readonly workers?: number | undefined;
  /** Uploads of up to so many bytes are worked on without a worker. Default 1 MiB, at most the segment size. */
  readonly smallUploadLimit?: number | undefined;
  /** Blobs of up to so many bytes are read in one turn. Default 1 MiB; make it small where the storage may be slow. */
  readonly smallReadLimit?: number | undefined;
  /** How many blobs of up to 64 KiB are kept in memory after a read, as configs are that every pull asks for. Default 0. */
  readonly keptSmall?: number | undefined;
  /**
   * Finished blobs of up to so many bytes get no file: `append` and `finish` hand them over, sealed, for the caller to
   * keep. At most the segment size. Without it every blob has a file.
   */
  readonly handOverLimit?: number | undefined;
  /** Plain bytes of a segment of new blobs. Default 1 MiB. */
  readonly segmentSize?: number | undefined;
  /** Uploads whose hash state is kept between requests. Default 1000. */
  readonly hashStates?: number | undefined;
}

/** A blob that is larger is read from its file each time. */
const largestKept = 64 * 1024;

/** Sealed blobs over a store of bytes. */
export function createBlobs(options: BlobsOptions): Blobs {
  const { bytes, segmentSize = defaultSegmentSize, smallReadLimit = defaultSegmentSize, hashStates = 1000 } = options;
  const { workers = Math.min(4, availableParallelism()), smallUploadLimit = defaultSegmentSize } = options;
  const { handOverLimit = -1 } = options;
  if (!Number.isInteger(segmentSize) || segmentSize < 1 || segmentSize > largestSegmentSize) {
    throw new RangeError(`A segment has 1 to ${largestSegmentSize} bytes`);
  }
  const kept = options.keptSmall ? new BoundedMap<string, Buffer>(options.keptSmall) : undefined;
  const sealedBuffers = createBufferPool(segmentSize + segmentOverhead, 16);
  const plainBuffers = createBufferPool(segmentSize, 16);
  const hosts =
    bytes.place === undefined || workers === 0
      ? createLocalHosts(bytes, plainBuffers)
      : createWorkerHosts({ place: bytes.place, workers, pool: plainBuffers });
  const uploads = createUploads({ bytes, hosts, segmentSize, smallUploadLimit, handOverLimit, hashStates });
  const active = new Map<string, Promise<unknown>>();
  let closed = false;

  /** One call for an upload at a time: two writers would spoil its file. */
  const alone = <T>(uploadId: string, work: () => Promise<T>): Promise<T> => {
    if (closed) return Promise.reject(new Error('The blob store is closed'));
    if (active.has(uploadId)) return Promise.reject(new Error(`Upload ${uploadId} is being worked on already`));
    const running = work().finally(() => active.delete(uploadId));
    active.set(uploadId, running);
    return running;
  };

  return {
    append: (state, body, bodyOptions = {}) => alone(state.uploadId, () => uploads.append(state, body, bodyOptions)),
    finish: (state, algorithm, body, bodyOptions = {}) =>
      alone(state.uploadId, () => uploads.finish(state, algorithm, body, bodyOptions)),
    readUpload: (state) => readUpload(bytes, { ...state, dataKey: Buffer.from(state.dataKey) }, sealedBuffers),
    cancel: ({ uploadId, blobId }) =>
      alone(uploadId, async () => {
        uploads.forget(uploadId);
        await bytes.delete(blobId);
      }),
    read: (blob, start, end) =>
      readRange(bytes, { ...blob, dataKey: Buffer.from(blob.dataKey) }, { start, end }, sealedBuffers),
    readSmall(blob) {
      // Nothing is ever written again under an id, so what was read once is what is there.
      const known = kept?.get(blob.blobId);
      if (known) return known;
      const plain = readOneSegment(bytes, blob, smallReadLimit);
      if (plain && plain.length <= largestKept) kept?.set(blob.blobId, plain);
      return plain;
    },
    delete(blobId) {
      kept?.delete(blobId);
      return bytes.delete(blobId);
    },
    async list(after, limit) {
      const page = await bytes.list(after, limit);
      return page.map(({ id, size, modifiedAt }) => ({ blobId: id, size, modifiedAt }));
    },
    async close() {
      closed = true;
      await Promise.allSettled(active.values());
      await hosts.close();
    },
  };
}
