/**
 * What core asks of the bytes: uploads that can be interrupted, and sealed blobs that are read back. Digests,
 * repositories and rows are not known here; a blob is a random id, a data key and a number of plain bytes.
 */

/** Ids of blobs are random and chosen by the caller before the first byte is written. */
export const blobIdPattern = /^[a-z0-9]{26,48}$/;

export type DigestAlgorithm = 'sha256' | 'sha512';

/** The committed state of an upload, as the caller keeps it in a row. A new upload has offset 0 and no tail. */
export interface UploadState {
  readonly uploadId: string;
  readonly blobId: string;
  /** Plain bytes that are committed. */
  readonly offset: number;
  /** Sealed record of the last bytes, those that no segment of the file holds yet; undefined at offset 0 and if whole. */
  readonly tail: Buffer | undefined;
  /**
   * `sha256:…` of all bytes where the file is a finished blob already, as a short first body leaves it: most uploads
   * end there, and have nothing more to write then. Such a state can be finished or read, and not be appended to.
   */
  readonly whole?: string | undefined;
  /** The finished file itself, of a whole upload that is short enough to be {@link HandedOver}. */
  readonly sealed?: Uint8Array | undefined;
  /** 32 bytes. Copied before the first await, so the caller may wipe its own at any time. */
  readonly dataKey: Buffer;
}

/**
 * A finished blob that is too short to be worth a file (see `handOverLimit` of createBlobs) has none: it is given to the
 * caller, who keeps it among its rows and gives it back wherever the blob is named. Its form is that of the file.
 */
interface HandedOver {
  readonly sealed?: Buffer | undefined;
}

export interface AppendResult extends HandedOver {
  readonly offset: number;
  readonly tail: Buffer | undefined;
  readonly whole: string | undefined;
  /** Why the body ended early (client gone, signal); offset and tail then tell the prefix that was received. */
  readonly interruption: Error | undefined;
}

interface FinishResult extends HandedOver {
  /** Plain bytes of the whole blob. */
  readonly size: number;
  /** `sha256:…` or `sha512:…`, as asked. */
  readonly digest: string;
}

export interface BodyOptions {
  /** The most plain bytes that the whole upload may have; one more is refused with `layerTooLarge`. */
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** True where nobody else reads the pieces of the body: their memory is given back as soon as they are copied. */
  readonly given?: boolean | undefined;
  /** Lets a short first body become a finished blob at once, which most are: see `whole` of {@link UploadState}. */
  readonly wholeIfShort?: boolean | undefined;
}

/** A finished blob, as rows describe it. */
export interface SealedBlob {
  readonly blobId: string;
  /** Plain bytes. */
  readonly size: number;
  readonly dataKey: Buffer;
  /** The file itself, where the caller keeps it: see {@link HandedOver}. */
  readonly sealed?: Uint8Array | undefined;
}

export interface StoredBytes {
  readonly id: string;
  /** Bytes in the store, sealed. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modifiedAt: number;
}

/**
 * Uploads and reads of sealed blobs. Refusals are RegistryErrors (`storageFull`, `layerTooLarge`); a blob whose bytes
 * are not what was written is a CorruptBlobError. One upload takes one call at a time; a second one is thrown out.
 */
export interface Blobs {
  /**
   * Appends a body. When it resolves, every full segment is durable and the answer is what the caller must commit;
   * until that is committed the old state stays good, and the next call cuts the file back to it. A body that breaks
   * off resolves with what was received; one that throws a RegistryError rejects with it and keeps nothing.
   */
  append(state: UploadState, body: AsyncIterable<Buffer>, options?: BodyOptions): Promise<AppendResult>;

  /**
   * Appends a last body, if there is one, seals the end and makes all durable. The state stays good when it rejects,
   * and when the caller does not like the digest. A body that breaks off rejects.
   */
  finish(
    state: UploadState,
    algorithm: DigestAlgorithm,
    body?: AsyncIterable<Buffer>,
    options?: BodyOptions,
  ): Promise<FinishResult>;

  /** What is committed of an upload, read back piece by piece: for going on with it in another file. */
  readUpload(state: UploadState): AsyncGenerator<Buffer, void, undefined>;

  /** Removes what an upload has written. Not for a finished upload whose blob is in use. */
  cancel(upload: { readonly uploadId: string; readonly blobId: string }): Promise<void>;

  /**
   * Plain bytes from `start` to `end` (not included), a segment at a time, decrypting only the segments they lie in.
   * The consumer sets the pace; ending the generator early closes the file.
   */
  read(blob: SealedBlob, start: number, end: number): AsyncGenerator<Buffer, void, undefined>;

  /** All bytes of a blob of one segment in this turn of the loop; undefined where {@link read} has to be used. */
  readSmall(blob: SealedBlob): Buffer | undefined;

  /** Removes a blob; that there is none is no error. Readers that have it open go on. */
  delete(blobId: string): Promise<void>;

  /** Everything stored, in order of id, for the collector: up to `limit` after the id `after`. */
  list(
    after: string | undefined,
    limit: number,
  ): Promise<readonly { readonly blobId: string; readonly size: number; readonly modifiedAt: number }[]>;

  /** Refuses new work, waits for uploads that are under way, stops the workers. */
  close(): Promise<void>;
}

/** Writes at the end of one file. After a rejection the file is in an unknown state until it is reopened with a cut. */
export interface ByteWriter {
  append(pieces: readonly Uint8Array[]): Promise<void>;
  /** Resolves when content and name would survive a loss of power. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface ByteReader {
  readonly size: number;
  /** Fills `into` from `position`; fewer bytes only where the file ends. */
  read(into: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
}

/** Raw bytes under random ids: what a place to store must be able to do. Full places reject with `storageFull`. */
export interface ByteStore {
  /** Makes a new file; undefined where the id is taken. */
  create(id: string): Promise<ByteWriter | undefined>;
  /** Opens at `length` and cuts off what lies behind; undefined where the file is missing or shorter. */
  reopen(id: string, length: number): Promise<ByteWriter | undefined>;
  /** Undefined where there is none. */
  open(id: string): Promise<ByteReader | undefined>;
  /**
   * The whole file in this turn if it is there and has exactly `length` bytes; its memory serves the next call again.
   * Absent where the store is far away.
   */
  readWhole?(id: string, length: number): Buffer | undefined;
  stat(id: string): Promise<StoredBytes | undefined>;
  delete(id: string): Promise<void>;
  list(after: string | undefined, limit: number): Promise<readonly StoredBytes[]>;
  /** Names a place that a worker thread can open for itself; without it the work stays on this thread. */
  readonly place?: StorePlace | undefined;
}

export interface StorePlace {
  readonly kind: 'filesystem';
  readonly root: string;
}

/** Stored bytes are not what was written: cut, altered, exchanged, missing, or sealed under another key. */
export class CorruptBlobError extends Error {
  readonly blobId: string;
  readonly reason: string;

  constructor(blobId: string, reason: string) {
    super(`The stored bytes of blob ${blobId} are damaged: ${reason}`);
    this.name = 'CorruptBlobError';
    this.blobId = blobId;
    this.reason = reason;
  }
}
