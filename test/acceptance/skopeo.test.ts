import { join } from 'node:path';
import { DescribeImagesCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRepositories, ecrClient, logIn } from '../support/aws.ts';
import { missing, skopeoAt, type Skopeo } from '../support/engines.ts';
import { temporaryFolder, type Folder } from '../support/folders.ts';
import { blobOfLayout, digestInLayout, writeDirectory, writeLayout } from '../support/image-files.ts';
import { blobsOf, makeArtifact, makeIndex, seededImage, sizeOf, type Image } from '../support/images.ts';
import { expectStatus, registryAt, type Registry } from '../support/registry.ts';
import { startStowage, type Stowage } from '../support/stowage.ts';

const source = '--src-tls-verify=false';
const target = '--dest-tls-verify=false';

describe.skipIf(missing('skopeo'))('skopeo', () => {
  let server: Stowage;
  let folder: Folder;
  let skopeo: Skopeo;
  let registry: Registry;

  beforeAll(async () => {
    server = await startStowage();
    folder = temporaryFolder('skopeo');
    const login = await logIn(server);
    skopeo = skopeoAt(server.host, login.password, folder.path);
    registry = registryAt(server.url, login.authorization);
  });

  afterAll(async () => {
    folder?.remove();
    await server?.close();
  });

  const remote = (name: string): string => `docker://${server.host}/${name}`;

  /** The manifest, its children and every blob came back byte for byte into a layout. */
  async function expectInLayout(layout: string, image: Image): Promise<void> {
    expect(await blobOfLayout(layout, image.digest)).toEqual(image.manifest);
    for (const child of image.children) await expectInLayout(layout, child);
    for (const blob of blobsOf(image)) expect(await blobOfLayout(layout, blob.digest)).toEqual(blob.bytes);
  }

  async function pushLayout(name: string, image: Image): Promise<void> {
    const layout = join(folder.path, `${name}-pushed`);
    await writeLayout(layout, { it: image });
    await skopeo.ok('copy', '--all', target, `oci:${layout}:it`, remote(`${name}:v1`));
  }

  test('pushes and pulls an image of several layers, by tag and by digest', async () => {
    await createRepositories(server, 'layers');
    const image = seededImage('several layers', 5, 400_000);
    await pushLayout('layers', image);
    const layout = join(folder.path, 'layers-pulled');
    await skopeo.ok('copy', source, remote('layers:v1'), `oci:${layout}:by-tag`);
    await skopeo.ok('copy', source, remote(`layers@${image.digest}`), `oci:${layout}:by-digest`);
    expect(await digestInLayout(layout, 'by-tag')).toBe(image.digest);
    expect(await digestInLayout(layout, 'by-digest')).toBe(image.digest);
    await expectInLayout(layout, image);
  });

  test('pushes and pulls an index for several architectures with all its images', async () => {
    await createRepositories(server, 'index');
    const images = ['amd64', 'arm64', 's390x'].map((architecture) =>
      seededImage(`index ${architecture}`, 2, 50_000, { architecture }),
    );
    const index = makeIndex(images, 'oci', { 'org.example.note': 'kept' });
    await pushLayout('index', index);
    const layout = join(folder.path, 'index-pulled');
    await skopeo.ok('copy', '--all', source, remote(`index@${index.digest}`), `oci:${layout}:it`);
    expect(await digestInLayout(layout, 'it')).toBe(index.digest);
    await expectInLayout(layout, index);
    expect(await skopeo.ok('inspect', '--raw', '--tls-verify=false', remote('index:v1'))).toBe(
      index.manifest.toString(),
    );
  });

  test('pushes an artifact, whose type the AWS API tells', async () => {
    await createRepositories(server, 'artifact');
    const artifact = makeArtifact('application/vnd.example.report', Buffer.from('a report'));
    await registry.pushImage('artifact', artifact, 'v1');
    const layout = join(folder.path, 'artifact-pulled');
    await skopeo.ok('copy', source, remote('artifact:v1'), `oci:${layout}:it`);
    await expectInLayout(layout, artifact);
    const ecr = ecrClient(server);
    const { imageDetails } = await ecr.send(new DescribeImagesCommand({ repositoryName: 'artifact' }));
    expect(imageDetails?.[0]).toMatchObject({
      artifactMediaType: artifact.artifactType,
      imageSizeInBytes: sizeOf(artifact),
    });
    ecr.destroy();
  });

  test('has a Docker image and a manifest list stored as they are', async () => {
    await createRepositories(server, 'docker-types');
    const images = ['amd64', 'arm64'].map((architecture) =>
      seededImage(`v2s2 ${architecture}`, 2, 20_000, { architecture, flavour: 'docker' }),
    );
    const list = makeIndex(images, 'docker');
    const directory = join(folder.path, 'list');
    await writeDirectory(directory, list);
    await skopeo.ok('copy', '--all', target, `dir:${directory}`, remote('docker-types:v1'));
    for (const image of [list, ...images]) {
      const response = await registry.getManifest('docker-types', image.digest);
      expect(response.headers.get('content-type')).toBe(image.mediaType);
      expect(await expectStatus(response, 200)).toEqual(image.manifest);
    }
  });

  test('has an OCI image converted by itself to --format v2s2, and reads it back', async () => {
    await createRepositories(server, 'converted');
    const layout = join(folder.path, 'to-convert');
    const image = seededImage('to convert', 2, 9_000);
    await writeLayout(layout, { it: image });
    await skopeo.ok('copy', '--format', 'v2s2', target, `oci:${layout}:it`, remote('converted:v1'));
    const raw = await skopeo.ok('inspect', '--raw', '--tls-verify=false', remote('converted:v1'));
    const manifest = JSON.parse(raw) as { mediaType: string; layers: { digest: string }[] };
    expect(manifest.mediaType).toBe('application/vnd.docker.distribution.manifest.v2+json');
    expect(manifest.layers.map((layer) => layer.digest)).toEqual(image.layers.map((layer) => layer.digest));
    const pulled = join(folder.path, 'converted-pulled');
    await skopeo.ok('copy', source, remote('converted:v1'), `dir:${pulled}`);
  });

  test('inspects an image and lists its tags', async () => {
    await createRepositories(server, 'listed');
    const image = seededImage('listed', 2, 3_000);
    for (const tag of ['b', 'a', 'c']) await registry.pushImage('listed', image, tag);
    const inspected = JSON.parse(await skopeo.ok('inspect', '--tls-verify=false', remote('listed:a'))) as {
      Digest: string;
      RepoTags: string[];
      Layers: string[];
    };
    expect(inspected.Digest).toBe(image.digest);
    expect(inspected.Layers).toEqual(image.layers.map((layer) => layer.digest));
    const listed = JSON.parse(await skopeo.ok('list-tags', '--tls-verify=false', remote('listed'))) as {
      Tags: string[];
    };
    expect(listed.Tags.toSorted()).toEqual(['a', 'b', 'c']);
  });

  test('copies from one repository to another', async () => {
    await createRepositories(server, 'from', 'to');
    const index = makeIndex([seededImage('copied', 2, 30_000), seededImage('copied too', 1, 30_000)]);
    await pushLayout('from', index);
    await skopeo.ok('copy', '--all', source, target, remote('from:v1'), remote('to:v2'));
    const layout = join(folder.path, 'to-pulled');
    await skopeo.ok('copy', '--all', source, remote('to:v2'), `oci:${layout}:it`);
    await expectInLayout(layout, index);
  });

  test('deletes an image, which is gone for everybody then', async () => {
    await createRepositories(server, 'deleting');
    const image = seededImage('deleting', 1, 3_000);
    await pushLayout('deleting', image);
    await skopeo.ok('delete', '--tls-verify=false', remote('deleting:v1'));
    const { code, stderr } = await skopeo.run('inspect', '--tls-verify=false', remote('deleting:v1'));
    expect(code).not.toBe(0);
    expect(stderr).toContain('Requested image not found');
    await expectStatus(await registry.getManifest('deleting', image.digest), 404);
  });
});
