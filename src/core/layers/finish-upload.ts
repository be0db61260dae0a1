import { digestAlgorithm } from '../../domain/digest.ts';
import { RegistryError } from '../../domain/errors.ts';
import type { Store, Writer } from '../../store/db.ts';
import {
  extendLease,
  findBlobByDigest,
  findLink,
  findWrapOfBlob,
  insertBlob,
  insertDoomedBlob,
  insertLink,
} from '../../store/layers.ts';
import { findRepositoryById, type RepositoryRow } from '../../store/repositories.ts';
import { endUpload } from '../../store/uploads.ts';
import type { Call, Uses } from '../app.ts';
import type { AllowedOn } from '../authorize.ts';
import { endUntouched, rememberEnd, unknownUpload, untouched } from './open-uploads.ts';
import { workOn, type IncomingBytes, type UploadNeeds } from './uploads.ts';

export interface FinishedLayer {
  readonly digest: string;
  readonly size: number;
  /** True when the repository had the layer already. */
  readonly existed: boolean;
}

/** A blob of the same digest under the same key, with its data key wrapped for the repository that wants to hold it. */
interface Twin {
  readonly blob: string;
  readonly wrap: Buffer;
}

/** Bytes that have been uploaded and verified. */
interface Uploaded {
  readonly uploadId: string;
  /** Nothing had come before: it has no row. */
  readonly isUntouched: boolean;
  readonly blob: string;
  readonly digest: string;
  readonly size: number;
  /** The sealed bytes of a short layer, which has no file. */
  readonly sealed: Buffer | undefined;
  readonly wrap: Buffer;
  readonly keyId: string;
  readonly judge: JudgeUpload | undefined;
}

/** Looks at an upload in the transaction that ends it, and throws to refuse. */
export type JudgeUpload = (upload: { readonly received: number; readonly small_part: number }) => void;

/**
 * Ends an upload, with a last body if there is one: the bytes are durable, then the rows, then this resolves.
 *
 * @throws RegistryError uploadNotFound, uploadOutOfOrder, layerDigestDoesNotMatch, uploadSizeMismatch, layerTooLarge,
 *   storageFull, repositoryNotFound. The upload stays as it was.
 */
export function finishUpload(
  app: UploadNeeds,
  call: Call,
  allowed: AllowedOn<'ecr:CompleteLayerUpload'>,
  uploadId: string,
  digest: string,
  body?: IncomingBytes & { readonly allowed: AllowedOn<'ecr:UploadLayerPart'> },
  judge?: JudgeUpload,
): Promise<FinishedLayer> {
  const { repository } = allowed;
  const place = body?.place ?? {};
  const options = { place, goesOn: body !== undefined };
  return workOn(app, call, repository, uploadId, options, async ({ state, isUntouched }, write) => {
    const algorithm = digestAlgorithm(digest) ?? 'sha256';
    const result = await app.blobs.finish(state, algorithm, body?.bytes, {
      limit: app.limits.layerSize,
      signal: call.signal,
      given: body?.given,
    });
    const received = result.size - state.offset;
    if (place.length !== undefined && received !== place.length) {
      throw new RegistryError('uploadSizeMismatch', { announced: place.length, received });
    }
    if (result.digest !== digest) {
      const names = { repositoryName: repository.name, registryId: repository.account };
      throw new RegistryError('layerDigestDoesNotMatch', { ...names, given: digest, computed: result.digest });
    }
    const { id: keyId } = await app.keyRing.registryKey(repository);
    const wrap = await app.keyRing.wrap(repository, 'layer', digest, state.dataKey);
    const { size, sealed } = result;
    const uploaded: Uploaded = { uploadId, isUntouched, blob: state.blobId, digest, size, sealed, wrap, keyId, judge };
    return { digest, size, existed: await commitUntilSettled(app, call, repository, uploaded, write) };
  });
}

/** Two uploads of one digest may end at once: then the later one finds the earlier one's blob and takes that. */
async function commitUntilSettled(
  app: UploadNeeds,
  call: Call,
  repository: RepositoryRow,
  uploaded: Uploaded,
  write: Store['write'],
): Promise<boolean> {
  for (;;) {
    const twin = await findTwin(app, repository, uploaded.keyId, uploaded.digest);
    const outcome = await write((tx) => commit(tx, app, call, repository, uploaded, twin));
    if (outcome !== 'another twin') return outcome === 'existed';
  }
}

/** The blob that other repositories of the registry hold under this digest. Its key is wrapped anew for this one. */
export async function findTwin(
  app: Uses<'store' | 'keyRing'>,
  repository: RepositoryRow,
  keyId: string,
  digest: string,
): Promise<Twin | undefined> {
  const { account, region } = repository;
  const blob = await app.store.read.first(findBlobByDigest, { account, region, key: keyId, digest });
  const link = blob && (await app.store.read.first(findWrapOfBlob, { blob: blob.id }));
  if (!link) return undefined;
  const dataKey = await app.keyRing.unwrap(link, 'layer', digest, link.wrap);
  return { blob: blob.id, wrap: await app.keyRing.wrap(repository, 'layer', digest, dataKey) };
}

async function commit(
  tx: Writer,
  app: Uses<'limits' | 'clock' | 'uploadIds'>,
  call: Call,
  repository: RepositoryRow,
  uploaded: Uploaded,
  twin: Twin | undefined,
): Promise<'new' | 'existed' | 'another twin'> {
  const { blob, digest, size, sealed = null, wrap, keyId: key } = uploaded;
  const { id, account, region, name } = repository;
  // From now and not from the beginning of the request, whose body may have taken longer than a lease.
  const leaseUntil = app.clock() + app.limits.lease;
  if (!(await tx.first(findRepositoryById, { id }))) {
    throw new RegistryError('repositoryNotFound', { repositoryName: name, registryId: account });
  }
  const link = await tx.first(findLink, { repository: id, digest });
  const held = await tx.first(findBlobByDigest, { account, region, key, digest });
  if (!link && held && held.id !== twin?.blob) return 'another twin';
  await end(tx, app, repository, uploaded);
  if (link || held) await tx.run(insertDoomedBlob, { id: blob, after: call.time });
  if (link) {
    await tx.run(extendLease, { repository: id, digest, until: leaseUntil });
    return 'existed';
  }
  if (held && twin) {
    await tx.run(insertLink, { repository: id, digest, blob: twin.blob, size, wrap: twin.wrap, leaseUntil });
    return 'new';
  }
  await tx.run(insertBlob, { id: blob, account, region, key, digest, size, sealed, time: call.time });
  await tx.run(insertLink, { repository: id, digest, blob, size, wrap, leaseUntil });
  return 'new';
}

async function end(
  tx: Writer,
  app: Uses<'uploadIds'>,
  repository: RepositoryRow,
  { uploadId, isUntouched, blob, judge }: Uploaded,
): Promise<void> {
  if (isUntouched) {
    judge?.(untouched);
    if (!(await endUntouched(tx, repository, uploadId))) throw unknownUpload(repository, uploadId);
    return;
  }
  const upload = await tx.first(endUpload, { id: uploadId, repository: repository.id, blob });
  // With another file it is in the hands of another node, and these bytes are nobody's.
  if (!upload) throw unknownUpload(repository, uploadId);
  judge?.(upload);
  await rememberEnd(app, tx, repository.id, uploadId);
}
