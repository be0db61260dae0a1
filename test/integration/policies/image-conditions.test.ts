/** `stowage:ImageTag`, `stowage:ImageDigest`, `stowage:ArtifactType`: policies that speak of images, on both fronts. */
import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  ListImageReferrersCommand,
  PutImageCommand,
} from '@aws-sdk/client-ecr';
import type { IAMClient } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type RunningApp } from '../../support/app.ts';
import { iamClient, makeUser, putUserPolicy } from '../../support/iam.ts';
import { makeArtifact, makeIndex, mediaTypes, seededImage, type Image } from '../../support/images.ts';
import { registryAt, type Registry } from '../../support/registry.ts';
import type { Credentials } from '../../support/stowage.ts';

const actions = ['ecr:BatchGetImage', 'ecr:PutImage', 'ecr:BatchDeleteImage'];
const layers = [
  'ecr:GetAuthorizationToken',
  'ecr:GetDownloadUrlForLayer',
  'ecr:InitiateLayerUpload',
  'ecr:UploadLayerPart',
  'ecr:CompleteLayerUpload',
  'ecr:BatchCheckLayerAvailability',
];
const base = { Effect: 'Allow', Action: layers, Resource: '*' };
const only = (condition: object): object[] => [
  base,
  { Effect: 'Allow', Action: actions, Resource: '*', Condition: condition },
];
const released = { StringLike: { 'stowage:ImageTag': 'release-*' } };

let app: RunningApp;
let iam: IAMClient;
let user: Credentials;
let registry: Registry;
let number = 0;

beforeAll(async () => {
  app = await startApp();
  iam = iamClient(app.url, app.credentials());
  user = await makeUser(iam, 'narrowed', ...only(released));
  registry = registryAt(app.url, await app.logIn({ credentials: user }));
});

afterAll(async () => {
  iam.destroy();
  await app.close();
});

/** A repository of its own, with an image under each list of tags. */
async function repositoryWith(images: readonly (readonly [Image, readonly string[]])[]): Promise<string> {
  const name = `narrow/${++number}`;
  await app.createRepositories([name]);
  for (const [image, tags] of images) {
    for (const tag of tags.length > 0 ? tags : [image.digest]) await app.registry.pushImage(name, image, tag);
  }
  return name;
}

const status = async (answer: Promise<Response>): Promise<number> => {
  const response = await answer;
  await response.arrayBuffer();
  return response.status;
};

const pull = (name: string, reference: string) => status(registry.getManifest(name, reference));

async function pullByApi(repositoryName: string, ...imageIds: { imageTag?: string; imageDigest?: string }[]) {
  const answer = app.ecr({ credentials: user }).send(new BatchGetImageCommand({ repositoryName, imageIds }));
  return await answer.then(
    ({ images, failures }) => ({ images: images?.length, failures: failures?.length }),
    (error: Error) => error.name,
  );
}

const release = seededImage('release');
const draft = seededImage('draft');

describe('who may only pull what is tagged release-*', () => {
  test('pulls it by tag and by digest, on both fronts', async () => {
    const name = await repositoryWith([[release, ['release-1', 'latest']]]);
    expect(await pull(name, 'release-1')).toBe(200);
    expect(await pull(name, release.digest)).toBe(200);
    expect(await pull(name, 'latest')).toBe(200);
    expect(await pullByApi(name, { imageTag: 'release-1' })).toEqual({ images: 1, failures: 0 });
    expect(await pullByApi(name, { imageDigest: release.digest })).toEqual({ images: 2, failures: 0 });
  });

  test('does not pull another image, by tag or digest, on either front', async () => {
    const name = await repositoryWith([[draft, ['draft']]]);
    expect(await pull(name, 'draft')).toBe(403);
    expect(await pull(name, draft.digest)).toBe(403);
    expect(await status(registry.send('HEAD', `/v2/${name}/manifests/draft`))).toBe(403);
    expect(await pullByApi(name, { imageTag: 'draft' })).toBe('AccessDeniedException');
    expect(await pullByApi(name, { imageDigest: draft.digest })).toBe('AccessDeniedException');
  });

  test('is denied a whole batch for one image of it', async () => {
    const name = await repositoryWith([
      [release, ['release-1']],
      [draft, ['draft']],
    ]);
    expect(await pullByApi(name, { imageTag: 'release-1' }, { imageTag: 'draft' })).toBe('AccessDeniedException');
  });

  test('is told what is missing only under a tag that they may pull', async () => {
    const name = await repositoryWith([]);
    expect(await pull(name, 'release-9')).toBe(404);
    expect(await pull(name, 'other')).toBe(403);
    expect(await pullByApi(name, { imageTag: 'release-9' })).toEqual({ images: 0, failures: 1 });
    expect(await pullByApi(name, { imageTag: 'other' })).toBe('AccessDeniedException');
  });

  test('pulls the children of an index and the referrers of an image by the tags of these', async () => {
    const index = makeIndex([release, draft]);
    const sbom = makeArtifact('application/spdx+json', Buffer.from('{}'));
    const name = await repositoryWith([
      [index, ['release-2']],
      [seededImage('alone'), ['alone']],
    ]);
    const manifest = JSON.parse(sbom.manifest.toString()) as object;
    const text = JSON.stringify({
      ...manifest,
      subject: { mediaType: index.mediaType, digest: index.digest, size: index.manifest.length },
    });
    for (const blob of [...sbom.layers, ...(sbom.config ? [sbom.config] : [])]) await app.registry.pushBlob(name, blob);
    const { image } = await app.ecr().send(
      new PutImageCommand({
        repositoryName: name,
        imageManifest: text,
        imageManifestMediaType: mediaTypes.ociManifest,
      }),
    );
    const signature = image?.imageId?.imageDigest ?? '';

    expect(await pull(name, draft.digest)).toBe(200);
    expect(await pull(name, signature)).toBe(200);
    expect(await pullByApi(name, { imageDigest: signature })).toEqual({ images: 1, failures: 0 });
    expect(await status(registry.send('GET', `/v2/${name}/referrers/${index.digest}`))).toBe(200);
    expect(await status(registry.send('GET', `/v2/${name}/referrers/${seededImage('alone').digest}`))).toBe(403);
    const listed = app.ecr({ credentials: user }).send(
      new ListImageReferrersCommand({
        repositoryName: name,
        subjectId: { imageDigest: seededImage('alone').digest },
      }),
    );
    await expect(listed).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});

describe('who may only push what is tagged release-*', () => {
  test('pushes it and nothing else, on both fronts', async () => {
    const name = await repositoryWith([[release, []]]);
    expect(await status(registry.putManifest(name, 'release-1', release))).toBe(201);
    expect(await status(registry.putManifest(name, 'draft', release))).toBe(403);
    const both = registry.send('PUT', `/v2/${name}/manifests/${release.digest}?tag=release-2&tag=draft`, {
      body: new Uint8Array(release.manifest),
      headers: { 'content-type': release.mediaType },
    });
    expect(await status(both)).toBe(403);
    const put = (imageTag: string) =>
      app
        .ecr({ credentials: user })
        .send(new PutImageCommand({ repositoryName: name, imageManifest: release.manifest.toString(), imageTag }));
    expect((await put('release-3')).image?.imageId?.imageTag).toBe('release-3');
    await expect(put('draft')).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const tags = await app.registry.send('GET', `/v2/${name}/tags/list`);
    expect(await tags.json()).toMatchObject({ tags: ['release-1', 'release-3'] });
  });
});

describe('who may only delete what is tagged release-*', () => {
  const remove = (repositoryName: string, imageId: { imageTag?: string; imageDigest?: string }) =>
    app
      .ecr({ credentials: user })
      .send(new BatchDeleteImageCommand({ repositoryName, imageIds: [imageId] }))
      .then(
        ({ imageIds }) => imageIds?.length,
        (error: Error) => error.name,
      );

  test('takes that tag, and not the image with another one', async () => {
    const name = await repositoryWith([[release, ['release-1', 'keep']]]);
    expect(await status(registry.send('DELETE', `/v2/${name}/manifests/${release.digest}`))).toBe(403);
    expect(await remove(name, { imageDigest: release.digest })).toBe('AccessDeniedException');
    expect(await remove(name, { imageTag: 'keep' })).toBe('AccessDeniedException');
    expect(await remove(name, { imageTag: 'release-1' })).toBe(1);
    expect(await status(registry.send('DELETE', `/v2/${name}/manifests/keep`))).toBe(403);
    expect(await status(app.registry.getManifest(name, 'keep'))).toBe(200);
  });

  test('takes the image whose tags all are such', async () => {
    const name = await repositoryWith([[release, ['release-1', 'release-2']]]);
    expect(await remove(name, { imageDigest: release.digest })).toBe(2);
  });
});

describe('digest and artifact type', () => {
  test('an image is let through by its digest, however it is asked for', async () => {
    const name = await repositoryWith([
      [release, ['a']],
      [draft, ['b']],
    ]);
    await putUserPolicy(iam, 'narrowed', ...only({ StringEquals: { 'stowage:ImageDigest': release.digest } }));
    expect([await pull(name, 'a'), await pull(name, release.digest), await pull(name, 'b')]).toEqual([200, 200, 403]);
    await putUserPolicy(iam, 'narrowed', ...only(released));
  });

  test('a digest that is not there is told as missing only to whom it is allowed', async () => {
    const name = await repositoryWith([[draft, ['b']]]);
    await putUserPolicy(iam, 'narrowed', ...only({ StringEquals: { 'stowage:ImageDigest': release.digest } }));
    const unheard = seededImage('unheard of').digest;
    expect([await pull(name, release.digest), await pull(name, unheard)]).toEqual([404, 403]);
    expect(await pullByApi(name, { imageDigest: release.digest })).toEqual({ images: 0, failures: 1 });
    expect(await pullByApi(name, { imageDigest: unheard })).toBe('AccessDeniedException');
    await putUserPolicy(iam, 'narrowed', ...only(released));
  });

  test('an artifact is kept back by its type', async () => {
    const sbom = makeArtifact('application/spdx+json', Buffer.from('{}'));
    const name = await repositoryWith([
      [sbom, ['sbom']],
      [release, ['app']],
    ]);
    const deny = { Effect: 'Deny', Action: 'ecr:BatchGetImage', Resource: '*' };
    await putUserPolicy(
      iam,
      'narrowed',
      base,
      { Effect: 'Allow', Action: actions, Resource: '*' },
      { ...deny, Condition: { StringEquals: { 'stowage:ArtifactType': 'application/spdx+json' } } },
    );
    expect([await pull(name, 'sbom'), await pull(name, 'app')]).toEqual([403, 200]);
    expect(await pullByApi(name, { imageTag: 'sbom' })).toBe('AccessDeniedException');
    await putUserPolicy(iam, 'narrowed', ...only(released));
  });
});

test('layers are not narrowed', async () => {
  const name = await repositoryWith([[draft, ['draft']]]);
  expect(await status(registry.getBlob(name, draft.layers[0]?.digest ?? ''))).toBe(200);
});
