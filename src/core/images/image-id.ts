import { isLooseDigest, looseDigestPattern } from '../../domain/digest.ts';
import { isTag } from '../../domain/names.ts';
import type { Reader } from '../../store/db.ts';
import { findImage, findImageByTag, type ImageRow } from '../../store/images.ts';

/** How a caller names an image: by digest, by tag, or by both, which must agree. */
export interface ImageId {
  readonly imageDigest?: string | undefined;
  readonly imageTag?: string | undefined;
}

/** Why one image of a batch could not be had (ECR: ImageFailureCode). */
export interface ImageFailure {
  /** Exactly what was asked. */
  readonly imageId: ImageId;
  readonly failureCode:
    | 'ImageNotFound'
    | 'ImageTagDoesNotMatchDigest'
    | 'InvalidImageDigest'
    | 'InvalidImageTag'
    | 'MissingDigestAndTag'
    | 'ImageReferencedByManifestList';
  readonly failureReason: string;
  /** For ImageReferencedByManifestList: digests of the indexes. */
  readonly holders?: readonly string[] | undefined;
}

const reasons = {
  ImageNotFound: 'Requested image not found',
  ImageTagDoesNotMatchDigest: 'Invalid request parameters: given tag does not map to the given digest',
  InvalidImageDigest: `Invalid request parameters: image digest should satisfy the regex '${looseDigestPattern}'`,
  InvalidImageTag: "Invalid request parameters: image tag should satisfy the regex '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'",
  MissingDigestAndTag: 'Invalid request parameters: both tag and digest cannot be null',
} as const;

export function imageFailure(imageId: ImageId, failureCode: keyof typeof reasons): ImageFailure {
  return { imageId, failureCode, failureReason: reasons[failureCode] };
}

/** The image that an id names in a repository, or why there is none. One rule for every operation that takes an id. */
export async function resolveImage(
  read: Reader,
  repository: number,
  id: ImageId,
): Promise<{ image: ImageRow } | { failure: ImageFailure }> {
  const { imageDigest: digest, imageTag: tag } = id;
  if (digest === undefined && tag === undefined) return { failure: imageFailure(id, 'MissingDigestAndTag') };
  if (digest !== undefined && !isLooseDigest(digest)) return { failure: imageFailure(id, 'InvalidImageDigest') };
  if (tag !== undefined && !isTag(tag)) return { failure: imageFailure(id, 'InvalidImageTag') };
  const image =
    tag !== undefined
      ? await read.first(findImageByTag, { repository, tag })
      : await read.first(findImage, { repository, digest: digest ?? '' });
  if (!image) return { failure: imageFailure(id, 'ImageNotFound') };
  if (digest !== undefined && image.digest !== digest)
    return { failure: imageFailure(id, 'ImageTagDoesNotMatchDigest') };
  return { image };
}
