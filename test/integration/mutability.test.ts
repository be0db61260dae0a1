import {
  BatchDeleteImageCommand,
  CreateRepositoryCommand,
  DescribeRepositoriesCommand,
  PutImageCommand,
  PutImageTagMutabilityCommand,
  type ImageTagMutability,
} from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type RunningApp } from '../support/app.ts';
import { seededImage, type Image } from '../support/images.ts';
import { expectStatus } from '../support/registry.ts';

let app: RunningApp;
let made = 0;

beforeAll(async () => {
  app = await startApp();
});

afterAll(async () => {
  await app.close();
});

const first = seededImage('first', 1, 900);
const second = seededImage('second', 1, 900);
const filters = [{ filterType: 'WILDCARD' as const, filter: 'free*' }];

/** A repository of the mode with two images, the first of which carries both tags. */
async function repository(mode: ImageTagMutability): Promise<string> {
  const repositoryName = `mode/${made++}`;
  const excluding = mode.endsWith('_EXCLUSION');
  await app.ecr().send(
    new CreateRepositoryCommand({
      repositoryName,
      imageTagMutability: mode,
      imageTagMutabilityExclusionFilters: excluding ? filters : undefined,
    }),
  );
  await app.registry.pushImage(repositoryName, first, 'fixed');
  await app.registry.pushImage(repositoryName, first, 'free-1');
  await app.registry.pushImage(repositoryName, second);
  return repositoryName;
}

type Front = 'OCI' | 'JSON';

/** Pushes an image under a tag on one front; gives the refusal, or undefined. */
async function push(front: Front, name: string, image: Image, tag: string): Promise<string | undefined> {
  if (front === 'OCI') {
    const response = await app.registry.putManifest(name, tag, image);
    const text = await response.text();
    if (response.status === 201) return undefined;
    expect(response.status).toBe(400);
    return (JSON.parse(text) as { errors: { code: string }[] }).errors[0]?.code;
  }
  const command = new PutImageCommand({
    repositoryName: name,
    imageManifest: image.manifest.toString(),
    imageTag: tag,
  });
  return await app
    .ecr()
    .send(command)
    .then(
      () => undefined,
      (error: Error) => error.name,
    );
}

/** Mode, tag, and whether the tag may be moved. */
const rules: readonly (readonly [ImageTagMutability, string, boolean])[] = [
  ['MUTABLE', 'fixed', true],
  ['MUTABLE', 'free-1', true],
  ['IMMUTABLE', 'fixed', false],
  ['IMMUTABLE', 'free-1', false],
  ['IMMUTABLE_WITH_EXCLUSION', 'fixed', false],
  ['IMMUTABLE_WITH_EXCLUSION', 'free-1', true],
  ['MUTABLE_WITH_EXCLUSION', 'fixed', true],
  ['MUTABLE_WITH_EXCLUSION', 'free-1', false],
];

describe.each(rules)('%s, the tag %s', (mode, tag, moves) => {
  const refusal = { OCI: 'TAG_INVALID', JSON: 'ImageTagAlreadyExistsException' };

  test.each(['OCI', 'JSON'] as const)(`is ${moves ? 'moved' : 'kept'} by the %s front`, async (front) => {
    const name = await repository(mode);
    expect(await push(front, name, second, tag)).toBe(moves ? undefined : refusal[front]);
    const held = await app.registry.getManifest(name, tag);
    await expectStatus(held, 200);
    expect(held.headers.get('docker-content-digest')).toBe(moves ? second.digest : first.digest);
  });

  test('the same image again: nothing new for OCI unless it may not move, an error for JSON', async () => {
    const name = await repository(mode);
    expect(await push('OCI', name, first, tag)).toBe(moves ? undefined : 'TAG_INVALID');
    expect(await push('JSON', name, first, tag)).toBe('ImageAlreadyExistsException');
  });

  test('can be deleted and set anew', async () => {
    const repositoryName = await repository(mode);
    await app.ecr().send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageTag: tag }] }));
    expect(await push('OCI', repositoryName, second, tag)).toBeUndefined();
  });
});

test('several tags of one push are set together or not at all', async () => {
  const name = await repository('IMMUTABLE');
  const put = async (query: string): Promise<Response> =>
    await app.registry.send('PUT', `/v2/${name}/manifests/${second.digest}?${query}`, {
      headers: { 'content-type': second.mediaType },
      body: new Uint8Array(second.manifest),
    });
  await expectStatus(await put('tag=new-1&tag=fixed'), 400);
  await expectStatus(await app.registry.getManifest(name, 'new-1'), 404);
  const done = await put('tag=new-1&tag=new-2');
  await expectStatus(done, 201);
  expect(done.headers.get('oci-tag')).toBe('new-1, new-2');
  await expectStatus(await app.registry.getManifest(name, 'new-2'), 200);
});

test('the mode can be changed, is shown with its filters, and demands what fits it', async () => {
  const repositoryName = await repository('MUTABLE');
  const put = (
    imageTagMutability: ImageTagMutability,
    imageTagMutabilityExclusionFilters?: typeof filters,
  ): Promise<unknown> =>
    app
      .ecr()
      .send(
        new PutImageTagMutabilityCommand({ repositoryName, imageTagMutability, imageTagMutabilityExclusionFilters }),
      );
  await put('IMMUTABLE_WITH_EXCLUSION', filters);
  const { repositories } = await app.ecr().send(new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] }));
  expect(repositories?.[0]).toMatchObject({
    imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
    imageTagMutabilityExclusionFilters: filters,
  });
  expect(await push('OCI', repositoryName, second, 'fixed')).toBe('TAG_INVALID');
  await expect(put('MUTABLE', filters)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  await expect(put('MUTABLE_WITH_EXCLUSION')).rejects.toMatchObject({
    name: 'InvalidParameterException',
    message:
      "Invalid parameter at 'imageTagMutabilityExclusionFilters' failed to satisfy constraint: 'ImageTagMutabilityExclusionFilters can't be null when imageTagMutability is set as MUTABLE_WITH_EXCLUSION'",
  });
});
