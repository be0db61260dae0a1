import { RegistryError } from '../../domain/errors.ts';
import { manifestLimit } from '../../domain/image/manifest.ts';
import { isTag } from '../../domain/names.ts';
import { findImage, findImageByTag, findManifestByDigest, findManifestByTag } from '../../store/images.ts';
import { listTagsOfImage } from '../../store/tags.ts';
import type { Call, Uses } from '../app.ts';
import type { AllowedOn, ImageGate } from '../authorize.ts';
import { imageFailure, resolveImage, type ImageFailure, type ImageId } from './image-id.ts';
import { judgeImage } from './judge-image.ts';

/** A tag or a digest: how the OCI front names an image. */
export type Reference = { readonly tag: string } | { readonly digest: string };

/** What a HEAD tells of an image. */
export interface ImageHead {
  readonly digest: string;
  readonly mediaType: string;
  readonly size: number;
}

export interface ImageBody extends ImageHead {
  /** The bytes that were pushed. */
  readonly manifest: Buffer;
}

/** Looks at an image without reading it: no pull is recorded. */
export async function findImageHead(
  app: Uses<'store'>,
  gate: ImageGate<'ecr:BatchGetImage'>,
  reference: Reference,
): Promise<ImageHead | undefined> {
  const repository = gate.repository.id;
  const image =
    'tag' in reference
      ? await app.store.read.first(findImageByTag, { repository, tag: reference.tag })
      : await app.store.read.first(findImage, { repository, digest: reference.digest });
  await judgeImage(app.store.read, gate, idOf(reference), image);
  return image && { digest: image.digest, mediaType: image.media_type, size: image.manifest_size };
}

/** Reads an image's manifest, which counts as a pull. */
export async function findImageBody(
  app: Uses<'store' | 'keyRing' | 'pullTimes'>,
  call: Call,
  gate: ImageGate<'ecr:BatchGetImage'>,
  reference: Reference,
): Promise<ImageBody | undefined> {
  const repository = gate.repository.id;
  const row =
    'tag' in reference
      ? await app.store.read.first(findManifestByTag, { repository, tag: reference.tag })
      : await app.store.read.first(findManifestByDigest, { repository, digest: reference.digest });
  const allowed = await judgeImage(app.store.read, gate, idOf(reference), row);
  return row && openBody(app, call, allowed, row);
}

const idOf = (reference: Reference): ImageId =>
  'tag' in reference ? { imageTag: reference.tag } : { imageDigest: reference.digest };

type BodyRow = { id: number; digest: string; media_type: string; wrap: Uint8Array; sealed: Uint8Array };

async function openBody(
  app: Uses<'keyRing' | 'pullTimes'>,
  call: Call,
  allowed: AllowedOn<'ecr:BatchGetImage'>,
  row: BodyRow,
): Promise<ImageBody> {
  const manifest = await app.keyRing.openManifest(allowed.repository, row);
  app.pullTimes.note(row.id, call.time);
  return { digest: row.digest, mediaType: row.media_type, size: manifest.length, manifest };
}

export interface BatchImage {
  readonly imageId: ImageId;
  readonly mediaType: string;
  readonly manifest: Buffer;
}

/** Most bytes of manifests in one answer, which is one text: eight of the largest. */
const mostBytes = 8 * manifestLimit;

/**
 * Reads many images (ECR: BatchGetImage). One asked for by digest comes once for each of its tags. An image whose media
 * type is not among the accepted ones is not found: manifests are never converted.
 * @throws RegistryError invalidParameter where their manifests are too long together.
 */
export async function getImages(
  app: Uses<'store' | 'keyRing' | 'pullTimes'>,
  call: Call,
  gate: ImageGate<'ecr:BatchGetImage'>,
  input: { imageIds: readonly ImageId[]; acceptedMediaTypes?: readonly string[] | undefined },
): Promise<{ images: BatchImage[]; failures: ImageFailure[] }> {
  const images: BatchImage[] = [];
  const failures: ImageFailure[] = [];
  let bytes = 0;
  for (const id of input.imageIds) {
    const found = await resolveImage(app.store.read, gate.repository.id, id);
    const allowed = await judgeImage(app.store.read, gate, id, 'image' in found ? found.image : undefined);
    if ('failure' in found) {
      failures.push(found.failure);
      continue;
    }
    const { digest, media_type: mediaType, manifest_size: size } = found.image;
    const accepted = input.acceptedMediaTypes?.includes(mediaType) ?? true;
    const tags = accepted ? await tagsToShow(app, id, found.image.id) : [];
    bytes += size * tags.length;
    if (bytes > mostBytes) throw tooManyBytes();
    const row = accepted
      ? await app.store.read.first(findManifestByDigest, { repository: allowed.repository.id, digest })
      : undefined;
    const body = row && (await openBody(app, call, allowed, row));
    if (!body) {
      failures.push(imageFailure(id, 'ImageNotFound'));
      continue;
    }
    for (const imageTag of tags)
      images.push({ imageId: { imageDigest: digest, imageTag }, mediaType, manifest: body.manifest });
  }
  return { images, failures };
}

const tooManyBytes = (): RegistryError =>
  new RegistryError('invalidParameter', {
    field: 'imageIds',
    constraint: `The manifests asked for must not have more than ${mostBytes} bytes together`,
  });

async function tagsToShow(app: Uses<'store'>, id: ImageId, image: number): Promise<(string | undefined)[]> {
  if (id.imageTag !== undefined && isTag(id.imageTag)) return [id.imageTag];
  const tags = await app.store.read.all(listTagsOfImage, { image });
  return tags.length === 0 ? [undefined] : tags.map((one) => one.name);
}
