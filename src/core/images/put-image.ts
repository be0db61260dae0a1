import { digestAlgorithm, digestOf } from '../../domain/digest.ts';
import { RegistryError } from '../../domain/errors.ts';
import { parseManifest, type Descriptor, type Manifest } from '../../domain/image/manifest.ts';
import { isTag } from '../../domain/names.ts';
import { mayMove } from '../../domain/tags/mutability.ts';
import type { Writer } from '../../store/db.ts';
import { findImage, insertImage, insertImageChild, insertImageLayer, insertManifest } from '../../store/images.ts';
import { dropLease, findLink } from '../../store/layers.ts';
import { findRepositoryById, type RepositoryRow } from '../../store/repositories.ts';
import { findTag, hasTagAt, putTag } from '../../store/tags.ts';
import type { Call, Uses } from '../app.ts';
import type { ImageGate } from '../authorize.ts';
import { tagRuleOf } from '../repositories/tag-rule.ts';
import { judgePush } from './judge-image.ts';

export interface NewImage {
  /** The manifest's bytes, kept as they are. */
  readonly manifest: Buffer;
  /** The media type that the client named beside the manifest. */
  readonly mediaType?: string | undefined;
  /** Tags to point at the image; all of them or none. */
  readonly tags?: readonly string[] | undefined;
  /** The digest that the client expects; its algorithm becomes that of the image's identity. */
  readonly digest?: string | undefined;
  /**
   * What the same manifest under the same tag again means: an error on the AWS API (imageAlreadyExists), nothing new on
   * the OCI front, where a tag that may not move is refused all the same, as ECR does.
   */
  readonly repeated: 'refuse' | 'accept';
}

export interface StoredImage {
  readonly digest: string;
  readonly mediaType: string;
  readonly subject: string | undefined;
  /** False when the repository had this manifest, under this tag if one was given, already. */
  readonly changed: boolean;
}

/**
 * Stores a manifest and points a tag at it, all or nothing. Everything that it refers to must be in the repository.
 *
 * @throws RegistryError for an unreadable manifest (parseManifest), a digest that differs (imageDigestDoesNotMatch),
 *   a tag that may not move (imageTagAlreadyExists), a repeated push (imageAlreadyExists), missing layers or children (layersNotFound, referencedImagesNotFound), a wrong size (invalidParameter), too many
 *   tags (tagsPerImageExceeded), or a repository that is gone (repositoryNotFound).
 */
export async function putImage(
  app: Uses<'store' | 'keyRing' | 'limits'>,
  call: Call,
  gate: ImageGate<'ecr:PutImage'>,
  input: NewImage,
): Promise<StoredImage> {
  const { repository } = gate;
  const tags = [...new Set(input.tags)];
  if (!tags.every(isTag)) {
    const constraint = "must satisfy regular expression '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'";
    throw new RegistryError('invalidParameter', { field: 'imageTag', constraint });
  }
  const manifest = parseManifest(input.manifest, input.mediaType);
  const digest = identify(input);
  const body = await app.keyRing.sealManifest(repository, digest, input.manifest);
  const changed = await app.store.write(async (tx) => {
    const row = await tx.first(findRepositoryById, { id: repository.id });
    if (!row) throw missingRepository(repository);
    const known = await tx.first(findImage, { repository: row.id, digest });
    await judgePush(tx, gate, tags, {
      digest,
      artifactType: manifest.artifactType,
      subject: manifest.subject?.digest,
      children: manifest.children.map((child) => child.digest),
    });
    const image = known?.id ?? (await store(tx, call, row, { digest, manifest, body, length: input.manifest.length }));
    let changed = known === undefined;
    for (const tag of tags) {
      const moved = await moveTag(tx, app.limits.tagsPerImage, call.time, row, {
        tag,
        image,
        repeated: input.repeated,
      });
      changed ||= moved;
    }
    if (!changed && input.repeated === 'refuse') throw alreadyThere(row, digest, tags[0]);
    return changed;
  });
  return { digest, mediaType: manifest.mediaType, subject: manifest.subject?.digest, changed };
}

function identify({ manifest, digest }: NewImage): string {
  const algorithm = digest === undefined ? 'sha256' : digestAlgorithm(digest);
  const computed = digestOf(manifest, algorithm ?? 'sha256');
  if (digest !== undefined && digest !== computed) {
    throw new RegistryError('imageDigestDoesNotMatch', { given: digest, computed });
  }
  return computed;
}

const missingRepository = (repository: RepositoryRow): RegistryError =>
  new RegistryError('repositoryNotFound', { repositoryName: repository.name, registryId: repository.account });

/** Rows of a manifest that the repository does not have yet, after looking that all it refers to is there. */
async function store(
  tx: Writer,
  call: Call,
  repository: RepositoryRow,
  image: { digest: string; manifest: Manifest; body: { wrap: Buffer; sealed: Buffer }; length: number },
): Promise<number> {
  const { digest, manifest, body } = image;
  await requireLayers(tx, repository, manifest.blobs);
  const largestChild = await requireChildren(tx, repository, manifest.children);
  const inserted = await tx.first(insertImage, {
    repository: repository.id,
    digest,
    mediaType: manifest.mediaType,
    artifactType: manifest.artifactType ?? null,
    size: Math.max(manifest.size, largestChild),
    manifestSize: image.length,
    subject: manifest.subject?.digest ?? null,
    time: call.time,
  });
  if (!inserted) throw new Error('an inserted image did not come back');
  const { id } = inserted;
  await tx.run(insertManifest, { image: id, ...body });
  for (const blob of manifest.blobs) {
    await tx.run(insertImageLayer, {
      repository: repository.id,
      digest: blob.digest,
      image: id,
      mediaType: blob.mediaType,
    });
    await tx.run(dropLease, { repository: repository.id, digest: blob.digest });
  }
  for (const child of manifest.children) {
    await tx.run(insertImageChild, { repository: repository.id, child: child.digest, parent: id });
  }
  return id;
}

async function requireLayers(tx: Writer, repository: RepositoryRow, blobs: readonly Descriptor[]): Promise<void> {
  const missing = new Set<string>();
  for (const { digest, size } of blobs) {
    const link = await tx.first(findLink, { repository: repository.id, digest });
    if (!link) missing.add(digest);
    else requireSize(digest, size, link.size);
  }
  if (missing.size === 0) return;
  const names = { repositoryName: repository.name, registryId: repository.account };
  throw new RegistryError('layersNotFound', { ...names, digests: [...missing] });
}

/** Looks for an index's children and gives the size of the largest. */
async function requireChildren(
  tx: Writer,
  repository: RepositoryRow,
  children: readonly Descriptor[],
): Promise<number> {
  const missing = new Set<string>();
  let largest = 0;
  for (const { digest, size } of children) {
    const child = await tx.first(findImage, { repository: repository.id, digest });
    if (!child) missing.add(digest);
    else {
      requireSize(digest, size, child.manifest_size);
      largest = Math.max(largest, child.size);
    }
  }
  if (missing.size === 0) return largest;
  const names = { repositoryName: repository.name, registryId: repository.account };
  throw new RegistryError('referencedImagesNotFound', { ...names, digests: [...missing] });
}

/** A descriptor that lies about a size would make clients fail at every pull; it is refused at the push. */
function requireSize(digest: string, said: number, is: number): void {
  if (said === is) return;
  const constraint = `The size of '${digest}' is ${is} bytes and not ${said}`;
  throw new RegistryError('invalidParameter', { field: 'ImageManifest', constraint });
}

const alreadyThere = (repository: RepositoryRow, imageDigest: string, imageTag: string | undefined): RegistryError =>
  new RegistryError('imageAlreadyExists', {
    repositoryName: repository.name,
    registryId: repository.account,
    imageDigest,
    imageTag,
  });

/** Points a tag at an image; false when it pointed there already. Digests are compared first, mutability second. */
async function moveTag(
  tx: Writer,
  limit: number,
  time: number,
  repository: RepositoryRow,
  { tag, image, repeated }: { tag: string; image: number; repeated: 'refuse' | 'accept' },
): Promise<boolean> {
  const held = await tx.first(findTag, { repository: repository.id, name: tag });
  const same = held?.image === image;
  if (held && !(same && repeated === 'refuse') && !mayMove(tagRuleOf(repository), tag)) {
    throw new RegistryError('imageTagAlreadyExists', { repositoryName: repository.name, imageTag: tag });
  }
  if (same) return false;
  if (await tx.first(hasTagAt, { image, offset: limit - 1 })) {
    const names = { repositoryName: repository.name, registryId: repository.account };
    throw new RegistryError('tagsPerImageExceeded', { ...names, imageTag: tag, limit });
  }
  await tx.run(putTag, { repository: repository.id, name: tag, image, time });
  return true;
}
