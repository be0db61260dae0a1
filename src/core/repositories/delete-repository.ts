import { RegistryError } from '../../domain/errors.ts';
import { listImages } from '../../store/images.ts';
import { deleteBlob, insertDoomedBlob } from '../../store/layers.ts';
import { deleteEverythingIn, doomUploadsOf, listBlobsOnlyIn } from '../../store/repository-contents.ts';
import { deleteRepository as deleteRow, findRepositoryById, type RepositoryRow } from '../../store/repositories.ts';
import type { Call, Uses } from '../app.ts';
import type { AllowedOn } from '../authorize.ts';

/**
 * Deletes a repository; with `force` its images too. Layers that no other repository holds, and uploads under way, lose
 * their bytes after the grace period.
 *
 * @throws RegistryError repositoryNotEmpty, repositoryNotFound.
 */
export async function deleteRepository(
  app: Uses<'store' | 'limits'>,
  call: Call,
  allowed: AllowedOn<'ecr:DeleteRepository'>,
  input: { force: boolean },
): Promise<RepositoryRow> {
  const { id, name, account } = allowed.repository;
  const after = call.time + app.limits.deletionGrace;
  return app.store.write(async (tx) => {
    const names = { repositoryName: name, registryId: account };
    const row = await tx.first(findRepositoryById, { id });
    if (!row) throw new RegistryError('repositoryNotFound', names);
    const [image] = await tx.all(listImages, { repository: id, after: 0, limit: 1 });
    if (image && !input.force) throw new RegistryError('repositoryNotEmpty', names);
    const blobs = await tx.all(listBlobsOnlyIn, { repository: id });
    await tx.run(doomUploadsOf, { repository: id, after });
    for (const statement of deleteEverythingIn) await tx.run(statement, { repository: id });
    for (const { blob } of blobs) {
      await tx.run(deleteBlob, { id: blob });
      await tx.run(insertDoomedBlob, { id: blob, after });
    }
    await tx.run(deleteRow, { id });
    return row;
  });
}
