import type { Reader } from '../../store/db.ts';
import { findImage, listFamilyTags } from '../../store/images.ts';
import type { AllowedOn, ImageGate } from '../authorize.ts';
import type { ImageId } from './image-id.ts';

/** An image that is there, as far as policies can ask for it. */
interface Known {
  readonly id: number;
  readonly digest: string;
  readonly artifact_type: string | null;
}

/**
 * Decides on one image, where a policy asks which one it is (`stowage:ImageTag`, `stowage:ImageDigest`,
 * `stowage:ArtifactType`). Its tags are the one asked for, its own, those of the indexes that hold it and of what it
 * refers to as its subject: who may pull an index by its tag can pull what is in it, and its signatures.
 *
 * @throws RegistryError accessDenied.
 */
export async function judgeImage<A extends string>(
  read: Reader,
  gate: ImageGate<A>,
  asked: ImageId,
  image: Known | undefined,
): Promise<AllowedOn<A>> {
  if (!gate.narrowed) return gate.allow();
  const named = asked.imageTag === undefined ? [] : [asked.imageTag];
  if (!image) return gate.allow({ tags: named, digest: asked.imageDigest });
  const tags = new Set([...named, ...(await familyTags(read, gate.repository.id, image.id))]);
  return gate.allow({ tags: [...tags], digest: image.digest, artifactType: image.artifact_type ?? undefined });
}

/**
 * Decides on an image whose tags are set, moved or taken away: for each of these tags by itself, since one that the caller
 * may change must not carry along another. Without any it is judged as {@link judgeImage} does.
 *
 * @throws RegistryError accessDenied.
 */
export async function judgeTags<A extends string>(
  read: Reader,
  gate: ImageGate<A>,
  tags: readonly string[],
  image: Known,
): Promise<AllowedOn<A>> {
  if (!gate.narrowed || tags.length === 0) return judgeImage(read, gate, {}, image);
  const { digest, artifact_type } = image;
  const proofs = tags.map((tag) => gate.allow({ tags: [tag], digest, artifactType: artifact_type ?? undefined }));
  return proofs[0] as AllowedOn<A>;
}

/** An image as its manifest tells it. */
export interface Pushed {
  readonly digest: string;
  readonly artifactType: string | undefined;
  readonly subject: string | undefined;
  /** Digests of what an index holds. */
  readonly children: readonly string[];
}

/**
 * Decides on an image that is pushed: for each tag that it is to have; without any, by those that the image or its
 * subject has by now. What it names is decided on as well, as it is: an index makes its tags those of its children, and a
 * referrer is shown beside its subject.
 *
 * @throws RegistryError accessDenied.
 */
export async function judgePush(
  read: Reader,
  gate: ImageGate<'ecr:PutImage'>,
  tags: readonly string[],
  pushed: Pushed,
): Promise<AllowedOn<'ecr:PutImage'>> {
  if (!gate.narrowed) return gate.allow();
  const repository = gate.repository.id;
  const named = pushed.subject === undefined ? pushed.children : [...pushed.children, pushed.subject];
  for (const digest of new Set(named)) await judgeNamed(read, gate, digest);
  const image = { id: 0, digest: pushed.digest, artifact_type: pushed.artifactType ?? null };
  if (tags.length > 0) return judgeTags(read, gate, tags, image);
  const known =
    (await read.first(findImage, { repository, digest: pushed.digest })) ??
    (pushed.subject === undefined ? undefined : await read.first(findImage, { repository, digest: pushed.subject }));
  return judgeImage(read, gate, { imageDigest: pushed.digest }, { ...image, id: known?.id ?? 0 });
}

/** An image that another names. One that is missing is for the push to miss, or may come later. */
async function judgeNamed(read: Reader, gate: ImageGate<'ecr:PutImage'>, digest: string): Promise<void> {
  const image = await read.first(findImage, { repository: gate.repository.id, digest });
  if (image) await judgeImage(read, gate, {}, image);
}

async function familyTags(read: Reader, repository: number, image: number): Promise<string[]> {
  return (await read.all(listFamilyTags, { repository, image })).map((row) => row.name);
}
