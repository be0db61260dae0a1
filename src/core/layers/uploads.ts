import type { UploadState } from '../../blobs/port.ts';
import { RegistryError } from '../../domain/errors.ts';
import { newDataKey } from '../../keys/data-keys.ts';
import { randomId } from '../../lib/random.ts';
import type { Store, Writer } from '../../store/db.ts';
import { insertDoomedBlob } from '../../store/layers.ts';
import type { RepositoryRow } from '../../store/repositories.ts';
import { advanceUpload, deleteUpload, insertUpload } from '../../store/uploads.ts';
import type { Call, Uses } from '../app.ts';
import type { AllowedOn } from '../authorize.ts';
import { endUntouched, getOpenUpload, progressOf, rememberEnd, unknownUpload } from './open-uploads.ts';
import { takeOverUpload } from './take-over-upload.ts';

/** How far an upload has come. */
export interface UploadProgress {
  readonly uploadId: string;
  /** Bytes that are on disk. */
  readonly received: number;
}

/** Where a body says it belongs; both are checked if they are given. */
export interface PartPlace {
  /** Offset of the first byte. */
  readonly first?: number | undefined;
  /** Number of bytes. */
  readonly length?: number | undefined;
}

/** The bytes of a request on their way into an upload. */
export interface IncomingBytes {
  readonly bytes: AsyncIterable<Buffer>;
  readonly place?: PartPlace;
  /** True where nobody reads the pieces afterwards: their memory is given back as soon as they are copied. */
  readonly given?: boolean;
}

/** What goes on with an upload needs. */
export type UploadNeeds = Uses<'store' | 'keyRing' | 'blobs' | 'uploadIds' | 'uploadLocks' | 'limits' | 'clock'>;

/** An upload in the hands of a request that holds its lock. */
export interface UploadAtWork {
  readonly state: UploadState;
  /** True where nothing has come before, so that it has no row and its file no name. */
  readonly isUntouched: boolean;
}

/** The last of the bytes received; none before the first, for which the model of ECR has no number. */
export const lastByteOf = (received: number): number | undefined => (received > 0 ? received - 1 : undefined);

/** Begins an upload. Nothing is written for it: the id proves it, after a crash too. */
export function startUpload(
  app: Uses<'uploadIds' | 'limits'>,
  call: Call,
  { repository }: AllowedOn<'ecr:InitiateLayerUpload'>,
): UploadProgress {
  return { uploadId: app.uploadIds.make(repository.id, call.time + app.limits.uploadLife), received: 0 };
}

/** @throws RegistryError uploadNotFound. */
export async function getUpload(
  app: Uses<'store' | 'uploadIds' | 'clock'>,
  allowed: AllowedOn<'ecr:UploadLayerPart'>,
  uploadId: string,
): Promise<UploadProgress> {
  const { received } = await progressOf(app, allowed.repository, uploadId);
  return { uploadId, received };
}

/**
 * Appends a body to an upload; what was received is on disk when this resolves, also where the client broke off.
 *
 * @throws RegistryError uploadNotFound, uploadOutOfOrder (the body does not begin where the upload ends),
 *   uploadSizeMismatch, layerTooLarge, storageFull. The upload stays as it was.
 */
export function appendUpload(
  app: UploadNeeds,
  call: Call,
  allowed: AllowedOn<'ecr:UploadLayerPart'>,
  uploadId: string,
  { bytes, place = {}, given }: IncomingBytes,
  /** Joins the transaction that makes the bytes count. */
  also?: (tx: Writer) => Promise<unknown>,
): Promise<UploadProgress> {
  const { repository } = allowed;
  return workOn(app, call, repository, uploadId, { place, goesOn: true }, async ({ state, isUntouched }, write) => {
    const { offset, tail, whole, sealed, interruption } = await app.blobs.append(state, bytes, {
      limit: app.limits.layerSize,
      signal: call.signal,
      given,
      wholeIfShort: true,
    });
    const received = offset - state.offset;
    if (place.length !== undefined && received !== place.length && !interruption) {
      throw new RegistryError('uploadSizeMismatch', { announced: place.length, received });
    }
    if (received === 0) return { uploadId, received: offset };
    const { blobId: blob, offset: from, dataKey } = state;
    const step = {
      id: uploadId,
      blob,
      received: offset,
      tail: sealed ?? tail ?? null,
      whole: whole ?? null,
      time: app.clock(),
    };
    const wrap = isUntouched && (await app.keyRing.wrapForSoon(repository, 'upload', uploadId, dataKey));
    await write(async (tx) => {
      const counted = wrap
        ? await tx.run(insertUpload, { ...step, repository: repository.id, wrap, node: app.store.node })
        : await tx.run(advanceUpload, { ...step, from });
      if (counted === 0) throw unknownUpload(repository, uploadId);
      await also?.(tx);
    });
    return { uploadId, received: offset };
  });
}

/**
 * Opens an upload at its committed state, under its lock, ready to be finished or to go on with by this node. `run` commits
 * through what it is given. Where the first bytes of an upload do not come to count, their file goes again.
 */
export function workOn<T>(
  app: UploadNeeds,
  call: Call,
  repository: RepositoryRow,
  uploadId: string,
  options: { place: PartPlace; goesOn: boolean },
  run: (upload: UploadAtWork, write: Store['write']) => Promise<T>,
): Promise<T> {
  return app.uploadLocks.hold(uploadId, async () => {
    const upload = await openUpload(app, call, repository, uploadId, options);
    if (!upload.isUntouched) return await run(upload, (closure) => app.store.write(closure));
    let mayCount = false;
    const write: Store['write'] = (closure) => {
      mayCount = true;
      return app.store.write(closure);
    };
    try {
      // Its file is nobody's before the commit; held by its name, it is not taken for what a crash has left.
      return await app.uploadLocks.hold(upload.state.blobId, () => run(upload, write));
    } catch (error) {
      // A commit that failed may have been carried out; then the collector finds out what the file is.
      if (!mayCount || isRefusal(error)) await app.blobs.cancel(upload.state);
      throw error;
    }
  });
}

/** Said of rows that were looked at, by a closure that was rolled back for it. */
const isRefusal = (error: unknown): boolean =>
  error instanceof RegistryError && error.kind !== 'databaseUnavailable' && error.kind !== 'storageFull';

async function openUpload(
  app: UploadNeeds,
  call: Call,
  repository: RepositoryRow,
  uploadId: string,
  { place, goesOn }: { place: PartPlace; goesOn: boolean },
): Promise<UploadAtWork> {
  const row = await getOpenUpload(app, repository, uploadId);
  const received = row?.received ?? 0;
  if (place.first !== undefined && place.first !== received) {
    throw new RegistryError('uploadOutOfOrder', {
      repositoryName: repository.name,
      registryId: repository.account,
      uploadId,
      first: place.first,
      expected: received,
      lastValidByteReceived: lastByteOf(received),
    });
  }
  if (!row) {
    const state = { uploadId, blobId: randomId(32), offset: 0, tail: undefined, dataKey: newDataKey() };
    return { state, isUntouched: true };
  }
  const dataKey = await app.keyRing.unwrap(repository, 'upload', uploadId, row.wrap);
  const kept = row.tail ? Buffer.from(row.tail.buffer, row.tail.byteOffset, row.tail.byteLength) : undefined;
  const whole = row.whole ?? undefined;
  // What is kept of an upload that is whole is no tail: it is the finished blob itself.
  const [tail, sealed] = whole === undefined ? [kept, undefined] : [undefined, kept];
  const state = { uploadId, blobId: row.blob, offset: received, tail, whole, sealed, dataKey };
  // What is whole can be finished as it is, by any node; to go on with it takes a new file, as with another node's.
  if (whole === undefined ? row.node === app.store.node : !goesOn) return { state, isUntouched: false };
  const moved = await takeOverUpload(app, call, state);
  if (!moved) throw unknownUpload(repository, uploadId);
  return { state: moved, isUntouched: false };
}

/** Gives an upload up and removes its bytes. @throws RegistryError uploadNotFound. */
export function cancelUpload(
  app: Uses<'store' | 'blobs' | 'uploadIds' | 'uploadLocks' | 'clock'>,
  call: Call,
  allowed: AllowedOn<'ecr:UploadLayerPart'>,
  uploadId: string,
): Promise<void> {
  const { repository } = allowed;
  return app.uploadLocks.hold(uploadId, async () => {
    const isUntouched = !(await getOpenUpload(app, repository, uploadId));
    const blobId = await app.store.write(async (tx) => {
      const row = await tx.first(deleteUpload, { id: uploadId, repository: repository.id });
      if (row) {
        await rememberEnd(app, tx, repository.id, uploadId);
        await tx.run(insertDoomedBlob, { id: row.blob, after: call.time });
        return row.blob;
      }
      if (isUntouched && (await endUntouched(tx, repository, uploadId))) return undefined;
      throw unknownUpload(repository, uploadId);
    });
    if (blobId !== undefined) await app.blobs.cancel({ uploadId, blobId });
  });
}
