import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  ListImagesCommand,
  type ImageFailure,
  type ImageIdentifier,
} from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type RunningApp } from '../support/app.ts';
import { digestOf, makeIndex, seededImage } from '../support/images.ts';

let app: RunningApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(async () => {
  await app.close();
});

let made = 0;

/** A repository of a test's own with the image `image` under the given tags. */
async function repository(...tags: string[]): Promise<string> {
  const name = `deletes/${made++}`;
  await app.createRepositories([name]);
  for (const tag of tags) await app.registry.pushImage(name, image, tag);
  return name;
}

const image = seededImage('image');
const other = seededImage('other');

const remove = async (repositoryName: string, ...imageIds: ImageIdentifier[]) =>
  await app.ecr().send(new BatchDeleteImageCommand({ repositoryName, imageIds }));

const list = async (repositoryName: string): Promise<ImageIdentifier[]> =>
  (await app.ecr().send(new ListImagesCommand({ repositoryName }))).imageIds ?? [];

const ociDelete = async (name: string, reference: string): Promise<Response> =>
  await app.registry.send('DELETE', `/v2/${name}/manifests/${reference}`);

const codes = (failures: readonly ImageFailure[] | undefined): (string | undefined)[] =>
  (failures ?? []).map(({ failureCode }) => failureCode);

/** Both ways to delete, under one shape: whether it was done. */
const fronts: [string, (name: string, reference: string) => Promise<boolean>][] = [
  ['BatchDeleteImage', async (name, text) => (await remove(name, idOf(text))).failures?.length === 0],
  ['DELETE', async (name, text) => (await ociDelete(name, text)).status === 202],
];

const idOf = (text: string): ImageIdentifier => (text.includes(':') ? { imageDigest: text } : { imageTag: text });

describe.each(fronts)('%s', (_front, deleteBy) => {
  test('by tag takes the tag alone while the image has another', async () => {
    const name = await repository('one', 'two');
    expect(await deleteBy(name, 'one')).toBe(true);
    expect(await list(name)).toEqual([{ imageDigest: image.digest, imageTag: 'two' }]);
  });

  test('by the last tag takes the image', async () => {
    const name = await repository('one');
    expect(await deleteBy(name, 'one')).toBe(true);
    expect(await list(name)).toEqual([]);
    expect((await app.registry.getManifest(name, image.digest)).status).toBe(404);
  });

  test('by digest takes the image with all its tags', async () => {
    const name = await repository('one', 'two');
    expect(await deleteBy(name, image.digest)).toBe(true);
    expect(await list(name)).toEqual([]);
  });

  test('leaves the other images', async () => {
    const name = await repository('one');
    await app.registry.pushImage(name, other, 'other');
    expect(await deleteBy(name, image.digest)).toBe(true);
    expect(await list(name)).toEqual([{ imageDigest: other.digest, imageTag: 'other' }]);
  });

  test('refuses a child of an index, by digest and by its last tag', async () => {
    const name = await repository('child');
    const index = makeIndex([image]);
    await app.registry.pushImage(name, index, 'index');
    expect(await deleteBy(name, image.digest)).toBe(false);
    expect(await deleteBy(name, 'child')).toBe(false);
    expect((await app.registry.getManifest(name, 'child')).status).toBe(200);
  });

  test('takes a tag of a child that has another', async () => {
    const name = await repository('child', 'second');
    await app.registry.pushImage(name, makeIndex([image]), 'index');
    expect(await deleteBy(name, 'second')).toBe(true);
    expect((await app.registry.getManifest(name, 'child')).status).toBe(200);
  });

  test('takes a child when its index is gone', async () => {
    const name = await repository('child');
    const index = makeIndex([image]);
    await app.registry.pushImage(name, index, 'index');
    expect(await deleteBy(name, 'index')).toBe(true);
    expect(await deleteBy(name, image.digest)).toBe(true);
    expect(await list(name)).toEqual([]);
  });

  test('refuses an index inside an index', async () => {
    const name = await repository();
    const inner = makeIndex([image]);
    await app.registry.pushImage(name, makeIndex([inner]), 'outer');
    expect(await deleteBy(name, inner.digest)).toBe(false);
  });
});

test('the refusal of a child names the indexes, on the OCI front as 405 UNSUPPORTED', async () => {
  const name = await repository('child');
  const index = makeIndex([image]);
  await app.registry.pushImage(name, index, 'index');
  const message = `Requested image referenced by manifest list: [${index.digest}]`;
  const response = await ociDelete(name, image.digest);
  expect(response.status).toBe(405);
  expect(await response.json()).toEqual({ errors: [{ code: 'UNSUPPORTED', message }] });
  const { failures } = await remove(name, { imageDigest: image.digest });
  expect(failures).toEqual([
    { imageId: { imageDigest: image.digest }, failureCode: 'ImageReferencedByManifestList', failureReason: message },
  ]);
});

describe('failures of a batch', () => {
  const absent = digestOf('absent');
  const cases: [string, ImageIdentifier, string][] = [
    ['an unknown tag', { imageTag: 'nothing' }, 'ImageNotFound'],
    ['an unknown digest', { imageDigest: absent }, 'ImageNotFound'],
    ['a tag of another digest', { imageTag: 'one', imageDigest: absent }, 'ImageTagDoesNotMatchDigest'],
    ['a digest that is none', { imageDigest: 'sha256:short' }, 'InvalidImageDigest'],
    ['a tag that is none', { imageTag: '.wrong' }, 'InvalidImageTag'],
    ['neither tag nor digest', {}, 'MissingDigestAndTag'],
  ];

  test.each(cases)('%s: beside what succeeds, for reading and for deleting', async (_what, imageId, failureCode) => {
    const name = await repository('one');
    await app.registry.pushImage(name, other, 'other');
    const good = { imageTag: 'other' };
    const got = await app.ecr().send(new BatchGetImageCommand({ repositoryName: name, imageIds: [imageId, good] }));
    expect(got.failures).toMatchObject([{ imageId, failureCode }]);
    expect(got.failures?.[0]?.failureReason).toMatch(/\w/);
    expect(got.images).toHaveLength(1);
    const deleted = await remove(name, imageId, good);
    expect(deleted.failures).toMatchObject([{ imageId, failureCode }]);
    expect(deleted.imageIds).toEqual([{ imageTag: 'other', imageDigest: other.digest }]);
    expect(await list(name)).toEqual([{ imageDigest: image.digest, imageTag: 'one' }]);
  });

  test.each([
    ['the same tag twice', [{ imageTag: 'one' }, { imageTag: 'one' }]],
    ['the same digest twice', [{ imageDigest: image.digest }, { imageDigest: image.digest }]],
    ['its tag, then its digest', [{ imageTag: 'one' }, { imageDigest: image.digest }]],
    ['its digest, then its tag', [{ imageDigest: image.digest }, { imageTag: 'one' }]],
  ])('there are none where a batch names %s', async (_what, imageIds) => {
    const name = await repository('one');
    const { imageIds: deleted, failures } = await remove(name, ...imageIds);
    expect(codes(failures)).toEqual([]);
    expect(deleted).toEqual([{ imageDigest: image.digest, imageTag: 'one' }]);
    expect(await list(name)).toEqual([]);
  });

  test('an index and its child go in one batch when the index comes first', async () => {
    const name = await repository('child');
    const index = makeIndex([image]);
    await app.registry.pushImage(name, index, 'index');
    const { failures } = await remove(name, { imageDigest: index.digest }, { imageDigest: image.digest });
    expect(codes(failures)).toEqual([]);
    expect(await list(name)).toEqual([]);
  });

  test('a batch that names an image twice reads it twice', async () => {
    const name = await repository('one');
    const imageIds = [{ imageTag: 'one' }, { imageTag: 'one' }];
    const { failures } = await app.ecr().send(new BatchGetImageCommand({ repositoryName: name, imageIds }));
    expect(codes(failures)).toEqual([]);
  });
});

test('an image that was deleted can be pushed again', async () => {
  const name = await repository('one');
  await remove(name, { imageDigest: image.digest });
  await app.registry.pushImage(name, image, 'one');
  const response = await app.registry.getManifest(name, 'one');
  expect(Buffer.from(await response.arrayBuffer()).equals(image.manifest)).toBe(true);
  const layer = image.layers[0]?.digest ?? '';
  expect((await app.registry.getBlob(name, layer)).status).toBe(200);
});
