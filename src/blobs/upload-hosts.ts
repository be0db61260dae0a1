import type { BufferPool } from './buffers.ts';
import type { ByteStore } from './port.ts';
import { createUploadEngine, type JobResult, type JobStart } from './upload-engine.ts';

/** One job as the thread that receives the body sees it, wherever the work is done. */
export interface UploadJob {
  /** An empty buffer of the segment size, as soon as the work is not too far behind: this is the backpressure. */
  room(): Promise<Buffer>;
  /** Hands over a full segment that is not the last. */
  segment(buffer: Buffer): void | Promise<void>;
  /** Hands over the last buffer, filled up to `length`, and waits for the result. */
  end(buffer: Buffer, length: number): Promise<JobResult>;
  /** Resolves when nothing is written any more. */
  abandon(): Promise<void>;
}

/** A thread that works on uploads. An upload stays with its host, since a hash state cannot move. */
export interface UploadHost {
  /** False when the thread has died: what it knew is lost. */
  readonly alive: boolean;
  begin(start: JobStart): UploadJob;
  forget(uploadId: string): void;
}

export interface UploadHosts {
  /** The host for an upload that has none yet. */
  pick(): UploadHost;
  close(): Promise<void>;
}

/** The work on the thread that calls, for stores that a worker cannot open. */
export function createLocalHosts(bytes: ByteStore, pool: BufferPool): UploadHosts {
  const engine = createUploadEngine(bytes);
  const host: UploadHost = {
    alive: true,
    begin(start) {
      const job = engine.begin(start);
      return {
        room: async () => (pool.length === start.segmentSize ? pool.take() : Buffer.alloc(start.segmentSize)),
        async segment(buffer) {
          await job.segment(buffer);
          pool.give(buffer);
        },
        async end(buffer, length) {
          const result = await job.end(buffer.subarray(0, length));
          pool.give(buffer);
          return result;
        },
        abandon: () => job.abandon(),
      };
    },
    forget: (uploadId) => engine.forget(uploadId),
  };
  return { pick: () => host, close: async () => {} };
}
