import {
  listImages as listPage,
  listImageTags,
  listTaggedImages,
  listUntaggedImages,
  type ImageRow,
} from '../../store/images.ts';
import { listTags as listTagPage, listTagsOfImage } from '../../store/tags.ts';
import type { Uses } from '../app.ts';
import type { AllowedOn } from '../authorize.ts';
import { RegistryError } from '../../domain/errors.ts';
import type { Page } from '../repositories/list-repositories.ts';
import { resolveImage, type ImageId } from './image-id.ts';

export type TagStatus = 'TAGGED' | 'UNTAGGED' | 'ANY';

/** Which images a list shows. Every image is ACTIVE as long as there is no archive storage class. */
export interface ImageFilter {
  readonly tagStatus?: TagStatus | undefined;
  readonly imageStatus?: 'ACTIVE' | 'ARCHIVED' | 'ACTIVATING' | 'ANY' | undefined;
}

export interface PageRequest {
  readonly limit: number;
  readonly nextToken?: string | undefined;
}

const shows = (filter: ImageFilter): boolean => ['ACTIVE', 'ANY'].includes(filter.imageStatus ?? 'ACTIVE');

/** A page of (digest, tag) pairs; an untagged image comes once, without a tag (ECR: ListImages). */
export async function listImages(
  app: Uses<'store' | 'pageTokens'>,
  allowed: AllowedOn<'ecr:ListImages'>,
  page: PageRequest,
  filter: ImageFilter,
): Promise<Page<ImageId>> {
  if (!shows(filter)) return { entries: [] };
  const repository = allowed.repository.id;
  const scope = `images/${repository}/${filter.tagStatus ?? 'ANY'}`;
  let [image, tag] = position(app, scope, page.nextToken);
  const wanted = page.limit + 1;
  const rows: { id: number; digest: string; tag: string | null }[] = [];
  if (filter.tagStatus === 'UNTAGGED') {
    const images = await app.store.read.all(listUntaggedImages, { repository, after: image, limit: wanted });
    rows.push(...images.map(({ id, digest }) => ({ id, digest, tag: null })));
  }
  while (filter.tagStatus !== 'UNTAGGED' && rows.length < wanted) {
    const batch = await app.store.read.all(listImageTags, { repository, image, tag, limit: wanted });
    rows.push(...batch.filter((row) => filter.tagStatus !== 'TAGGED' || row.tag !== null));
    const last = batch.at(-1);
    if (batch.length < wanted || !last) break;
    [image, tag] = [last.id, last.tag ?? ''];
  }
  const entries = rows.slice(0, page.limit);
  const last = entries.at(-1);
  return {
    entries: entries.map((row) => ({ imageDigest: row.digest, imageTag: row.tag ?? undefined })),
    nextToken:
      rows.length > page.limit && last ? app.pageTokens.write(scope, `${last.id} ${last.tag ?? ''}`) : undefined,
  };
}

/** Where the page before ended: image and tag. */
function position(app: Uses<'pageTokens'>, scope: string, token: string | undefined): [number, string] {
  if (token === undefined) return [0, ''];
  const [image, tag] = app.pageTokens.read(scope, token).split(' ');
  return [Number(image), tag ?? ''];
}

export interface ImageDescription {
  readonly image: ImageRow;
  readonly tags: readonly string[];
  readonly pulledAt: number | undefined;
}

/** A page of images, one entry a digest, in the order of their first push (ECR: DescribeImages). */
export async function describeImages(
  app: Uses<'store' | 'pageTokens' | 'pullTimes'>,
  allowed: AllowedOn<'ecr:DescribeImages'>,
  page: PageRequest,
  filter: ImageFilter,
): Promise<Page<ImageDescription>> {
  if (!shows(filter)) return { entries: [] };
  const repository = allowed.repository.id;
  const scope = `descriptions/${repository}/${filter.tagStatus ?? 'ANY'}`;
  const [after] = position(app, scope, page.nextToken);
  const statement = { TAGGED: listTaggedImages, UNTAGGED: listUntaggedImages, ANY: listPage }[
    filter.tagStatus ?? 'ANY'
  ];
  const rows = await app.store.read.all(statement, { repository, after, limit: page.limit + 1 });
  const entries: ImageDescription[] = [];
  for (const image of rows.slice(0, page.limit)) entries.push(await describe(app, image));
  const last = entries.at(-1);
  const more = rows.length > page.limit && last;
  return { entries, nextToken: more ? app.pageTokens.write(scope, String(last.image.id)) : undefined };
}

/** Descriptions of named images, each once. @throws RegistryError imageNotFound for the first that is missing. */
export async function describeNamedImages(
  app: Uses<'store' | 'pullTimes'>,
  allowed: AllowedOn<'ecr:DescribeImages'>,
  ids: readonly ImageId[],
  filter: ImageFilter,
): Promise<ImageDescription[]> {
  const { repository } = allowed;
  const found = new Map<number, ImageDescription>();
  for (const id of ids) {
    const result = await resolveImage(app.store.read, repository.id, id);
    if ('failure' in result) {
      if (result.failure.failureCode === 'MissingDigestAndTag') {
        throw new RegistryError('invalidParameter', { field: 'imageIds', constraint: result.failure.failureReason });
      }
      throw new RegistryError('imageNotFound', {
        repositoryName: repository.name,
        registryId: repository.account,
        ...id,
      });
    }
    if (!found.has(result.image.id)) found.set(result.image.id, await describe(app, result.image));
  }
  return [...found.values()].filter(({ tags }) => {
    if (!shows(filter)) return false;
    if (filter.tagStatus === 'TAGGED') return tags.length > 0;
    return filter.tagStatus !== 'UNTAGGED' || tags.length === 0;
  });
}

async function describe(app: Uses<'store' | 'pullTimes'>, image: ImageRow): Promise<ImageDescription> {
  const tags = await app.store.read.all(listTagsOfImage, { image: image.id });
  return { image, tags: tags.map((one) => one.name), pulledAt: app.pullTimes.latest(image.id, image.pulled_at) };
}

/** A page of tag names in byte order; `after` need not be a tag that exists (OCI: `last`). */
export async function listTags(
  app: Uses<'store'>,
  allowed: AllowedOn<'ecr:ListImages'>,
  page: { limit: number; after: string },
): Promise<{ tags: string[]; more: boolean }> {
  const rows = await app.store.read.all(listTagPage, {
    repository: allowed.repository.id,
    after: page.after,
    limit: page.limit + 1,
  });
  return { tags: rows.slice(0, page.limit).map((row) => row.name), more: rows.length > page.limit };
}
