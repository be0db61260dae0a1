import { RegistryError } from '../domain/errors.ts';
import { CorruptBlobError, type StorePlace } from './port.ts';
import type { JobResult, JobStart } from './upload-engine.ts';

/*
 * What the serving thread and an upload worker say to each other. Of every job: begin, segment …, then end or abandon.
 * Buffers travel with their memory (transferred, never copied) and come back to be filled again. The worker answers end
 * with done or failed; a segment that fails answers failed at once, and then the job is over; abandon answers abandoned.
 */

export interface WorkerOptions {
  readonly place: StorePlace;
}

export type ToWorker =
  | { readonly type: 'begin'; readonly job: number; readonly start: JobStart }
  | { readonly type: 'segment'; readonly job: number; readonly memory: ArrayBuffer }
  | { readonly type: 'end'; readonly job: number; readonly memory: ArrayBuffer; readonly length: number }
  | { readonly type: 'abandon'; readonly job: number }
  | { readonly type: 'forget'; readonly uploadId: string };

export type FromWorker =
  | { readonly type: 'free'; readonly job: number; readonly memory: ArrayBuffer }
  | { readonly type: 'done'; readonly job: number; readonly memory: ArrayBuffer; readonly result: JobResult }
  | { readonly type: 'failed'; readonly job: number; readonly error: PlainError }
  | { readonly type: 'abandoned'; readonly job: number };

/** An error that lost its class on the way between threads. */
export type PlainError =
  | { readonly kind: 'storageFull' }
  | { readonly kind: 'corrupt'; readonly blobId: string; readonly reason: string }
  | {
      readonly kind: 'other';
      readonly message: string;
      readonly code: string | undefined;
      readonly stack: string | undefined;
    };

export function toPlainError(error: unknown): PlainError {
  if (error instanceof RegistryError && error.kind === 'storageFull') return { kind: 'storageFull' };
  if (error instanceof CorruptBlobError) return { kind: 'corrupt', blobId: error.blobId, reason: error.reason };
  const { message, code, stack } = error as NodeJS.ErrnoException;
  return { kind: 'other', message, code, stack };
}

export function fromPlainError(plain: PlainError): Error {
  if (plain.kind === 'storageFull') return new RegistryError('storageFull', {});
  if (plain.kind === 'corrupt') return new CorruptBlobError(plain.blobId, plain.reason);
  const error = new Error(plain.message);
  if (plain.stack !== undefined) error.stack = plain.stack;
  return plain.code === undefined ? error : Object.assign(error, { code: plain.code });
}
