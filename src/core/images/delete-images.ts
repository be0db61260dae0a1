import { RegistryError } from '../../domain/errors.ts';
import type { Writer } from '../../store/db.ts';
import {
  deleteChildrenOfImage,
  deleteImage,
  deleteLayersOfImage,
  deleteManifest,
  findHolderOfLayer,
  listHoldersOfImage,
  listLayersOfImage,
  type ImageRow,
} from '../../store/images.ts';
import { startLease } from '../../store/layers.ts';
import { findRepositoryById } from '../../store/repositories.ts';
import { deleteTag, deleteTagsOfImage, listTagsOfImage } from '../../store/tags.ts';
import type { Call, Uses } from '../app.ts';
import type { ImageGate } from '../authorize.ts';
import { resolveImage, type ImageFailure, type ImageId } from './image-id.ts';
import { judgeImage, judgeTags } from './judge-image.ts';

/**
 * Deletes images (ECR: BatchDeleteImage). By tag only the tag goes, but the image goes with its last tag; by digest the
 * image and all its tags go. An image that an index in the repository refers to stays. All in one transaction.
 */
export async function deleteImages(
  app: Uses<'store' | 'limits'>,
  call: Call,
  gate: ImageGate<'ecr:BatchDeleteImage'>,
  imageIds: readonly ImageId[],
): Promise<{ deleted: ImageId[]; failures: ImageFailure[] }> {
  const { repository } = gate;
  const leaseUntil = call.time + app.limits.lease;
  return app.store.write(async (tx) => {
    if (!(await tx.first(findRepositoryById, { id: repository.id }))) {
      throw new RegistryError('repositoryNotFound', {
        repositoryName: repository.name,
        registryId: repository.account,
      });
    }
    const deleted: ImageId[] = [];
    const failures: ImageFailure[] = [];
    const gone = new Gone();
    for (const id of imageIds) {
      const found = await resolveImage(tx, repository.id, id);
      if ('failure' in found) {
        if (gone.covers(id)) continue;
        await judgeImage(tx, gate, id, undefined);
        failures.push(found.failure);
        continue;
      }
      const result = await deleteOne(tx, gate, found.image, id, leaseUntil);
      if ('failure' in result) failures.push(result.failure);
      else deleted.push(...gone.add(result.deleted));
    }
    return { deleted, failures };
  });
}

/** Deletes one image or tag for the OCI front. @throws RegistryError imageNotFound, imageReferencedByManifestList. */
export async function deleteReference(
  app: Uses<'store' | 'limits'>,
  call: Call,
  gate: ImageGate<'ecr:BatchDeleteImage'>,
  id: ImageId,
): Promise<void> {
  const { failures } = await deleteImages(app, call, gate, [id]);
  const [failure] = failures;
  if (!failure) return;
  if (failure.holders) throw new RegistryError('imageReferencedByManifestList', { holders: failure.holders });
  const { name, account } = gate.repository;
  throw new RegistryError('imageNotFound', { repositoryName: name, registryId: account, ...id });
}

/** What one request has deleted already: naming it again (by tag and by digest) is no failure. */
class Gone {
  readonly #digests = new Set<string>();
  readonly #tags = new Set<string>();

  add(ids: readonly ImageId[]): readonly ImageId[] {
    for (const { imageDigest, imageTag } of ids) {
      if (imageDigest !== undefined) this.#digests.add(imageDigest);
      if (imageTag !== undefined) this.#tags.add(imageTag);
    }
    return ids;
  }

  covers({ imageDigest, imageTag }: ImageId): boolean {
    if (imageTag !== undefined) return this.#tags.has(imageTag);
    return imageDigest !== undefined && this.#digests.has(imageDigest);
  }
}

async function deleteOne(
  tx: Writer,
  gate: ImageGate<'ecr:BatchDeleteImage'>,
  image: ImageRow,
  id: ImageId,
  leaseUntil: number,
): Promise<{ deleted: ImageId[] } | { failure: ImageFailure }> {
  const tags = (await tx.all(listTagsOfImage, { image: image.id })).map((row) => row.name);
  const onlyTag = id.imageTag !== undefined && tags.length > 1;
  const allowed = await judgeTags(tx, gate, onlyTag ? [id.imageTag ?? ''] : tags, image);
  const repository = allowed.repository.id;
  if (onlyTag) {
    await tx.run(deleteTag, { repository, name: id.imageTag ?? '' });
    return { deleted: [{ imageDigest: image.digest, imageTag: id.imageTag }] };
  }
  const holders = await tx.all(listHoldersOfImage, { repository, child: image.digest });
  if (holders.length > 0)
    return {
      failure: heldFailure(
        id,
        holders.map((one) => one.digest),
      ),
    };
  await removeImage(tx, repository, image.id, leaseUntil);
  const shown = tags.length > 0 ? tags : [undefined];
  return { deleted: shown.map((imageTag) => ({ imageDigest: image.digest, imageTag })) };
}

function heldFailure(imageId: ImageId, holders: readonly string[]): ImageFailure {
  const failureReason = new RegistryError('imageReferencedByManifestList', { holders }).message;
  return { imageId, failureCode: 'ImageReferencedByManifestList', failureReason, holders };
}

/** Takes an image's rows away; a layer that no other image refers to is kept for a lease more. */
async function removeImage(tx: Writer, repository: number, image: number, leaseUntil: number): Promise<void> {
  const layers = await tx.all(listLayersOfImage, { image });
  await tx.run(deleteTagsOfImage, { image });
  await tx.run(deleteLayersOfImage, { image });
  await tx.run(deleteChildrenOfImage, { image });
  await tx.run(deleteManifest, { image });
  await tx.run(deleteImage, { image });
  for (const { digest } of layers) {
    if (await tx.first(findHolderOfLayer, { repository, digest })) continue;
    await tx.run(startLease, { repository, digest, until: leaseUntil });
  }
}
