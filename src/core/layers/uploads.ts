import { randomUUID } from 'node:crypto';
import type { UploadState } from '../../blobs/port.ts';
import { RegistryError } from '../../domain/errors.ts';
import { randomId } from '../../lib/random.ts';
import type { Writer } from '../../store/db.ts';
import { advanceUpload, deleteUpload, findUpload, insertDoomedBlob, insertUpload } from '../../store/layers.ts';
import { findRepositoryById, type RepositoryRow } from '../../store/repositories.ts';
import type { Call, Uses } from '../app.ts';
import type { AllowedOn } from '../authorize.ts';
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

export const unknownUpload = (repository: RepositoryRow, uploadId: string): RegistryError =>
  new RegistryError('uploadNotFound', { repositoryName: repository.name, registryId: repository.account, uploadId });

/** The last of the bytes received; none before the first, for which the model of ECR has no number. */
export const lastByteOf = (received: number): number | undefined => (received > 0 ? received - 1 : undefined);

/** Begins an upload; it is on disk when this resolves. @throws RegistryError repositoryNotFound. */
export async function startUpload(
  app: Uses<'store' | 'keyRing'>,
  call: Call,
  allowed: AllowedOn<'ecr:InitiateLayerUpload'>,
): Promise<UploadProgress> {
  const { repository } = allowed;
  const uploadId = randomUUID();
  const blob = randomId(32);
  const { wrap, dataKey } = await app.keyRing.newDataKey(repository, 'upload', uploadId);
  dataKey.fill(0);
  await app.store.write(async (tx) => {
    if (!(await tx.first(findRepositoryById, { id: repository.id }))) {
      throw new RegistryError('repositoryNotFound', {
        repositoryName: repository.name,
        registryId: repository.account,
      });
    }
    const { node } = app.store;
    await tx.run(insertUpload, { id: uploadId, repository: repository.id, blob, wrap, node, time: call.time });
  });
  return { uploadId, received: 0 };
}

/** @throws RegistryError uploadNotFound. */
export async function getUpload(
  app: Uses<'store'>,
  allowed: AllowedOn<'ecr:UploadLayerPart'>,
  uploadId: string,
): Promise<UploadProgress> {
  const row = await app.store.read.first(findUpload, { id: uploadId, repository: allowed.repository.id });
  if (!row) throw unknownUpload(allowed.repository, uploadId);
  return { uploadId, received: row.received };
}

/**
 * Appends a body to an upload; what was received is on disk when this resolves, also where the client broke off.
 *
 * @throws RegistryError uploadNotFound, uploadOutOfOrder (the body does not begin where the upload ends),
 *   uploadSizeMismatch, layerTooLarge, storageFull. The upload stays as it was.
 */
export function appendUpload(
  app: Uses<'store' | 'keyRing' | 'blobs' | 'uploadLocks' | 'limits' | 'clock'>,
  call: Call,
  allowed: AllowedOn<'ecr:UploadLayerPart'>,
  uploadId: string,
  { bytes, place = {}, given }: IncomingBytes,
  /** Joins the transaction that makes the bytes count. */
  also?: (tx: Writer) => Promise<unknown>,
): Promise<UploadProgress> {
  const { repository } = allowed;
  return app.uploadLocks.hold(uploadId, async () => {
    const state = await openUpload(app, call, repository, uploadId, { place, goesOn: true });
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
    if (received > 0) {
      const { blobId: blob, offset: from } = state;
      const step = {
        id: uploadId,
        blob,
        from,
        received: offset,
        tail: sealed ?? tail ?? null,
        whole: whole ?? null,
        time: app.clock(),
      };
      await app.store.write(async (tx) => {
        if ((await tx.run(advanceUpload, step)) === 0) throw unknownUpload(repository, uploadId);
        await also?.(tx);
      });
    }
    return { uploadId, received: offset };
  });
}

/** The committed state of an upload, ready to be finished or to go on with by this node. The caller holds its lock. */
export async function openUpload(
  app: Uses<'store' | 'keyRing' | 'blobs' | 'limits' | 'clock'>,
  call: Call,
  repository: RepositoryRow,
  uploadId: string,
  { place = {}, goesOn }: { place?: PartPlace | undefined; goesOn: boolean },
): Promise<UploadState> {
  const row = await app.store.read.first(findUpload, { id: uploadId, repository: repository.id });
  if (!row) throw unknownUpload(repository, uploadId);
  if (place.first !== undefined && place.first !== row.received) {
    throw new RegistryError('uploadOutOfOrder', {
      repositoryName: repository.name,
      registryId: repository.account,
      uploadId,
      first: place.first,
      expected: row.received,
      lastValidByteReceived: lastByteOf(row.received),
    });
  }
  const dataKey = await app.keyRing.unwrap(repository, 'upload', uploadId, row.wrap);
  const kept = row.tail ? Buffer.from(row.tail.buffer, row.tail.byteOffset, row.tail.byteLength) : undefined;
  const whole = row.whole ?? undefined;
  // What is kept of an upload that is whole is no tail: it is the finished blob itself.
  const [tail, sealed] = whole === undefined ? [kept, undefined] : [undefined, kept];
  const state = { uploadId, blobId: row.blob, offset: row.received, tail, whole, sealed, dataKey };
  // What is whole can be finished as it is, by any node; to go on with it takes a new file, as with another node's.
  if (whole === undefined ? row.node === app.store.node : !goesOn) return state;
  const moved = await takeOverUpload(app, call, state);
  if (!moved) throw unknownUpload(repository, uploadId);
  return moved;
}

/** Gives an upload up and removes its bytes. @throws RegistryError uploadNotFound. */
export function cancelUpload(
  app: Uses<'store' | 'blobs' | 'uploadLocks'>,
  call: Call,
  allowed: AllowedOn<'ecr:UploadLayerPart'>,
  uploadId: string,
): Promise<void> {
  const { repository } = allowed;
  return app.uploadLocks.hold(uploadId, async () => {
    const blobId = await app.store.write(async (tx) => {
      const row = await tx.first(findUpload, { id: uploadId, repository: repository.id });
      if (!row) throw unknownUpload(repository, uploadId);
      await tx.run(deleteUpload, { id: uploadId });
      await tx.run(insertDoomedBlob, { id: row.blob, after: call.time });
      return row.blob;
    });
    await app.blobs.cancel({ uploadId, blobId });
  });
}
