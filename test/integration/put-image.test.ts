import { BatchGetImageCommand, PutImageCommand, type PutImageCommandInput } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp, type RunningApp } from '../support/app.ts';
import { blobsOf, digestOf, makeIndex, mediaTypes, seededImage } from '../support/images.ts';
import { expectStatus } from '../support/registry.ts';

let app: RunningApp;
const image = seededImage('api', 2, 1500);

beforeAll(async () => {
  app = await startApp({ repositories: ['api'] });
  for (const blob of blobsOf(image)) await app.registry.pushBlob('api', blob);
});

afterAll(async () => {
  await app.close();
});

const put = (input: Omit<PutImageCommandInput, 'repositoryName'>) =>
  app.ecr().send(new PutImageCommand({ repositoryName: 'api', ...input }));

test('what PutImage stores is what both fronts give, byte for byte', async () => {
  const imageManifest = image.manifest.toString();
  const { image: stored } = await put({ imageManifest, imageTag: 'v1' });
  expect(stored).toMatchObject({
    imageId: { imageDigest: image.digest, imageTag: 'v1' },
    imageManifest,
    imageManifestMediaType: image.mediaType,
  });
  expect(await expectStatus(await app.registry.getManifest('api', 'v1'), 200)).toEqual(image.manifest);
  const got = await app.ecr().send(new BatchGetImageCommand({ repositoryName: 'api', imageIds: [{ imageTag: 'v1' }] }));
  expect(got.images?.[0]?.imageManifest).toBe(imageManifest);
});

test('an image that is there already is an error unless the tag is new', async () => {
  const imageManifest = image.manifest.toString();
  await put({ imageManifest, imageTag: 'v2' });
  await expect(put({ imageManifest, imageTag: 'v2' })).rejects.toMatchObject({ name: 'ImageAlreadyExistsException' });
  await expect(put({ imageManifest })).rejects.toMatchObject({
    message: `Image with digest '${image.digest}' and tag 'null' already exists in the repository with name 'api' in registry with id '123456789012'`,
  });
});

const stranger = seededImage('never pushed', 1, 700);
const parsed = JSON.parse(image.manifest.toString()) as Record<string, unknown>;

test.each([
  ['layers that are not there', { imageManifest: stranger.manifest.toString() }, 'LayersNotFoundException'],
  [
    'images that are not there',
    { imageManifest: makeIndex([stranger]).manifest.toString() },
    'ReferencedImagesNotFoundException',
  ],
  [
    'another digest',
    { imageManifest: image.manifest.toString(), imageDigest: digestOf('other') },
    'ImageDigestDoesNotMatchException',
  ],
  [
    'a contradicting media type',
    { imageManifest: image.manifest.toString(), imageManifestMediaType: mediaTypes.ociIndex },
    'InvalidParameterException',
  ],
  [
    'no media type at all',
    { imageManifest: JSON.stringify({ ...parsed, mediaType: undefined }) },
    'InvalidParameterException',
  ],
  ['no JSON', { imageManifest: '{' }, 'InvalidParameterException'],
])('refuses %s', async (_what, input, name) => {
  await expect(put(input)).rejects.toMatchObject({ name });
});
