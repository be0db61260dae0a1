import {
  BatchGetImageCommand,
  DescribeImagesCommand,
  ListImagesCommand,
  type ImageDetail,
  type ImageIdentifier,
} from '@aws-sdk/client-ecr';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { account, startApp, type RunningApp } from '../support/app.ts';
import {
  blobsOf,
  digestOf,
  makeArtifact,
  makeIndex,
  mediaTypes,
  seededImage,
  sizeOf,
  type Image,
} from '../support/images.ts';

let app: RunningApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(async () => {
  await app.close();
});

let made = 0;

/** A new repository for one test. */
async function repository(): Promise<string> {
  const name = `images/${made++}`;
  await app.createRepositories([name]);
  return name;
}

async function detailOf(repositoryName: string, imageId: ImageIdentifier): Promise<ImageDetail | undefined> {
  const command = new DescribeImagesCommand({ repositoryName, imageIds: [imageId] });
  return (await app.ecr().send(command)).imageDetails?.[0];
}

async function list(repositoryName: string): Promise<ImageIdentifier[] | undefined> {
  return (await app.ecr().send(new ListImagesCommand({ repositoryName }))).imageIds;
}

const amd = seededImage('amd', 2, 3000, { architecture: 'amd64' });
const arm = seededImage('arm', 1, 9000, { architecture: 'arm64' });
const kinds: [string, Image, string | undefined][] = [
  ['an OCI image', seededImage('oci', 3), mediaTypes.ociConfig],
  ['a Docker image', seededImage('docker', 2, 2000, { flavour: 'docker' }), mediaTypes.dockerConfig],
  ['an OCI index', makeIndex([amd, arm]), undefined],
  [
    'a Docker manifest list',
    makeIndex(
      [seededImage('docker', 2, 2000, { flavour: 'docker' }), seededImage('d', 1, 1, { flavour: 'docker' })],
      'docker',
    ),
    undefined,
  ],
  ['an index of an index', makeIndex([makeIndex([amd, arm]), seededImage('beside', 1, 20_000)]), undefined],
  [
    'an artifact',
    makeArtifact('application/vnd.example.sbom', Buffer.from('{"packages": []}')),
    'application/vnd.example.sbom',
  ],
];

describe.each(kinds)('%s', (_name, image, artifactType) => {
  let name: string;

  beforeAll(async () => {
    name = await repository();
    await app.registry.pushImage(name, image, 'latest');
  });

  test.each(['its tag', 'its digest'])('is read byte for byte by %s, on both fronts', async (by) => {
    const reference = by === 'its tag' ? 'latest' : image.digest;
    const response = await app.registry.getManifest(name, reference);
    expect(response.headers.get('content-type')).toBe(image.mediaType);
    expect(response.headers.get('docker-content-digest')).toBe(image.digest);
    expect(Buffer.from(await response.arrayBuffer()).equals(image.manifest)).toBe(true);

    const imageIds = [by === 'its tag' ? { imageTag: 'latest' } : { imageDigest: image.digest }];
    const { images, failures } = await app.ecr().send(new BatchGetImageCommand({ repositoryName: name, imageIds }));
    expect(failures).toEqual([]);
    expect(images).toEqual([
      {
        registryId: account,
        repositoryName: name,
        imageId: { imageDigest: image.digest, imageTag: 'latest' },
        imageManifest: image.manifest.toString(),
        imageManifestMediaType: image.mediaType,
      },
    ]);
  });

  test('is never converted, whatever the client accepts', async () => {
    const headers = { accept: 'application/vnd.docker.distribution.manifest.v1+prettyjws' };
    const response = await app.registry.send('GET', `/v2/${name}/manifests/latest`, { headers });
    expect(response.status).toBe(200);
    expect(Buffer.from(await response.arrayBuffer()).equals(image.manifest)).toBe(true);
    const command = new BatchGetImageCommand({
      repositoryName: name,
      imageIds: [{ imageTag: 'latest' }],
      acceptedMediaTypes: ['application/vnd.docker.distribution.manifest.v1+prettyjws'],
    });
    const { images, failures } = await app.ecr().send(command);
    expect(images).toEqual([]);
    expect(failures).toMatchObject([{ failureCode: 'ImageNotFound', imageId: { imageTag: 'latest' } }]);
  });

  test('is described with its media types and its size', async () => {
    expect(await detailOf(name, { imageTag: 'latest' })).toMatchObject({
      registryId: account,
      repositoryName: name,
      imageDigest: image.digest,
      imageTags: ['latest'],
      imageSizeInBytes: sizeOf(image),
      imageManifestMediaType: image.mediaType,
    });
    expect((await detailOf(name, { imageTag: 'latest' }))?.artifactMediaType).toBe(artifactType);
  });

  test('answers HEAD with its length and no body', async () => {
    const response = await app.registry.send('HEAD', `/v2/${name}/manifests/latest`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe(String(image.manifest.length));
    expect(response.headers.get('docker-content-digest')).toBe(image.digest);
    const condition = { headers: { 'if-none-match': `"${image.digest}"` } };
    expect((await app.registry.send('GET', `/v2/${name}/manifests/latest`, condition)).status).toBe(304);
  });
});

describe('an image that is pushed again', () => {
  const image = seededImage('again', 2);

  test('under another tag has both tags and is one image', async () => {
    const name = await repository();
    await app.registry.pushImage(name, image, 'one');
    await app.registry.pushImage(name, image, 'two');
    expect((await detailOf(name, { imageDigest: image.digest }))?.imageTags).toEqual(['one', 'two']);
    expect(await list(name)).toEqual([
      { imageDigest: image.digest, imageTag: 'one' },
      { imageDigest: image.digest, imageTag: 'two' },
    ]);
    expect((await app.registry.getManifest(name, 'one')).status).toBe(200);
  });

  test('under the same tag changes nothing', async () => {
    const name = await repository();
    await app.registry.pushImage(name, image, 'one');
    const before = await detailOf(name, { imageTag: 'one' });
    app.advance(60_000);
    expect((await app.registry.putManifest(name, 'one', image)).status).toBe(201);
    expect(await detailOf(name, { imageTag: 'one' })).toEqual(before);
    expect(await list(name)).toHaveLength(1);
  });

  test('without a tag keeps its tags', async () => {
    const name = await repository();
    await app.registry.pushImage(name, image, 'one');
    await app.registry.pushImage(name, image);
    expect((await detailOf(name, { imageDigest: image.digest }))?.imageTags).toEqual(['one']);
  });

  test('under a tag after it was pushed without one is one image with a tag', async () => {
    const name = await repository();
    await app.registry.pushImage(name, image);
    expect(await list(name)).toEqual([{ imageDigest: image.digest }]);
    await app.registry.pushImage(name, image, 'one');
    expect(await list(name)).toEqual([{ imageDigest: image.digest, imageTag: 'one' }]);
  });

  test('with another manifest takes the tag away from the first, which stays', async () => {
    const name = await repository();
    const second = seededImage('second');
    await app.registry.pushImage(name, image, 'one');
    await app.registry.pushImage(name, second, 'one');
    expect((await detailOf(name, { imageTag: 'one' }))?.imageDigest).toBe(second.digest);
    const first = await detailOf(name, { imageDigest: image.digest });
    expect(first?.imageDigest).toBe(image.digest);
    expect(first?.imageTags).toBeUndefined();
  });

  test('by its sha512 digest is an image of that digest', async () => {
    const name = await repository();
    const sha512 = `sha512:${createHash('sha512').update(image.manifest).digest('hex')}`;
    await app.registry.pushImage(name, image, 'one');
    expect((await app.registry.putManifest(name, sha512, image)).status).toBe(201);
    const response = await app.registry.getManifest(name, sha512);
    expect(response.headers.get('docker-content-digest')).toBe(sha512);
    expect(Buffer.from(await response.arrayBuffer()).equals(image.manifest)).toBe(true);
  });
});

describe('a push is refused', () => {
  async function refusal(response: Response): Promise<{ status: number; code?: string; message?: string }> {
    const { errors } = (await response.json()) as { errors: { code: string; message: string }[] };
    return { status: response.status, ...errors[0] };
  }

  test('when layers are missing, naming them', async () => {
    const name = await repository();
    const image = seededImage('no layers', 2);
    const [config, first] = blobsOf(image);
    if (!config || !first) throw new Error('the image has no blobs');
    await app.registry.pushBlob(name, config);
    await app.registry.pushBlob(name, first);
    const missing = image.layers[1]?.digest;
    expect(await refusal(await app.registry.putManifest(name, 'one', image))).toEqual({
      status: 404,
      code: 'BLOB_UPLOAD_UNKNOWN',
      message: `Layers with digests '[${missing}]' required for pushing image into repository with name '${name}' in the registry with id '${account}' do not exist`,
    });
    expect(await list(name)).toEqual([]);
  });

  test('when a layer lies in another repository only', async () => {
    const [name, elsewhere] = [await repository(), await repository()];
    const image = seededImage('elsewhere');
    await app.registry.pushImage(elsewhere, image, 'one');
    expect((await app.registry.putManifest(name, 'one', image)).status).toBe(404);
  });

  test('when children of an index are missing, naming them', async () => {
    const name = await repository();
    await app.registry.pushImage(name, amd);
    expect(await refusal(await app.registry.putManifest(name, 'one', makeIndex([amd, arm])))).toEqual({
      status: 404,
      code: 'MANIFEST_BLOB_UNKNOWN',
      message: `Images with digests '[${arm.digest}]' required for pushing image into repository with name '${name}' in the registry with id '${account}' do not exist`,
    });
  });

  test('when the digest is that of another manifest', async () => {
    const name = await repository();
    await app.registry.pushImage(name, amd);
    const answer = await refusal(await app.registry.putManifest(name, digestOf('other'), amd));
    expect(answer).toMatchObject({ status: 400, code: 'DIGEST_INVALID' });
  });

  test('when a descriptor lies about a size', async () => {
    const name = await repository();
    const image = seededImage('sizes');
    await app.registry.pushImage(name, image);
    const size = image.layers[0]?.bytes.length ?? 0;
    const manifest = Buffer.from(image.manifest.toString().replace(`"size": ${size}`, `"size": ${size + 1}`));
    expect(manifest.equals(image.manifest)).toBe(false);
    const answer = await refusal(await app.registry.putManifest(name, 'one', { ...image, manifest }));
    expect(answer).toMatchObject({ status: 405, code: 'UNSUPPORTED' });
  });

  test('when an image would have more tags than it may', async () => {
    const limited = await startApp({ limits: { tagsPerImage: 2 }, repositories: ['tags'] });
    try {
      const image = seededImage('tags');
      await limited.registry.pushImage('tags', image, 'one');
      await limited.registry.pushImage('tags', image, 'two');
      expect((await limited.registry.putManifest('tags', 'two', image)).status).toBe(201);
      expect(await refusal(await limited.registry.putManifest('tags', 'three', image))).toEqual({
        status: 403,
        code: 'DENIED',
        message: `Adding tag 'three' to an image in the repository with name 'tags' in registry with id '${account}' exceeds the maximum allowed number of tags per image which is '2'`,
      });
    } finally {
      await limited.close();
    }
  });
});
