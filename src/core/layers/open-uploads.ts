import { RegistryError } from '../../domain/errors.ts';
import type { Writer } from '../../store/db.ts';
import type { RepositoryRow } from '../../store/repositories.ts';
import { findEndedUpload, findUpload, insertEndedUpload, type UploadRow } from '../../store/uploads.ts';
import type { Uses } from '../app.ts';

/*
 * An upload is there as soon as it has an id, for its id proves it. A row it gets with its first bytes. An upload that has
 * ended leaves its id among the ended ones, until the id would prove nothing any more.
 */

/** What a row would say of an upload of which nothing has come. */
export const untouched = { received: 0, parts: 0, small_part: 0 } as const;

export const unknownUpload = (repository: RepositoryRow, uploadId: string): RegistryError =>
  new RegistryError('uploadNotFound', { repositoryName: repository.name, registryId: repository.account, uploadId });

/** The row of an upload that is open; undefined where nothing has come yet. @throws RegistryError uploadNotFound. */
export async function getOpenUpload(
  app: Uses<'store' | 'uploadIds' | 'clock'>,
  repository: RepositoryRow,
  uploadId: string,
): Promise<UploadRow | undefined> {
  const { read } = app.store;
  const row = await read.first(findUpload, { id: uploadId, repository: repository.id });
  if (row) return row;
  const until = app.uploadIds.untilOf(repository.id, uploadId);
  // In this order: what ends meanwhile has first a row and then an entry, and the entry goes when the time is over.
  if (until === undefined || (await read.first(findEndedUpload, { id: uploadId })) || until < app.clock()) {
    throw unknownUpload(repository, uploadId);
  }
  return undefined;
}

/** How far an upload has come; the offset is on disk. @throws RegistryError uploadNotFound. */
export async function progressOf(
  app: Uses<'store' | 'uploadIds' | 'clock'>,
  repository: RepositoryRow,
  uploadId: string,
): Promise<{ readonly received: number; readonly parts: number; readonly small_part: number }> {
  return (await getOpenUpload(app, repository, uploadId)) ?? untouched;
}

/** Belongs to every transaction that takes the row of an upload away while its repository stays. */
export async function rememberEnd(
  app: Uses<'uploadIds'>,
  tx: Writer,
  repository: number,
  uploadId: string,
): Promise<void> {
  if (app.uploadIds.untilOf(repository, uploadId) === undefined) return;
  await tx.run(insertEndedUpload, { id: uploadId, repository });
}

/**
 * Ends an upload of which nothing has come. False where it has ended already, or its first bytes came meanwhile, or its
 * repository is gone. Time is not asked again: who was let in in time has time.
 */
export async function endUntouched(tx: Writer, repository: RepositoryRow, uploadId: string): Promise<boolean> {
  if (await tx.first(findUpload, { id: uploadId, repository: repository.id })) return false;
  return (await tx.run(insertEndedUpload, { id: uploadId, repository: repository.id })) > 0;
}
