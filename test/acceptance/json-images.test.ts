import { gunzipSync } from 'node:zlib';
import {
  BatchCheckLayerAvailabilityCommand,
  BatchGetImageCommand,
  CompleteLayerUploadCommand,
  GetDownloadUrlForLayerCommand,
  InitiateLayerUploadCommand,
  PutImageCommand,
  UploadLayerPartCommand,
  type ECRClient,
} from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRepositories, ecrClient, logIn } from '../support/aws.ts';
import { machine, programThatPrints } from '../support/binary.ts';
import { missing, startDocker, type Docker } from '../support/engines.ts';
import { dockerArchive } from '../support/image-files.ts';
import { blobsOf, digestOf, makeImage, makeIndex, seededBytes, type Blob, type Image } from '../support/images.ts';
import { startStowage, type Stowage } from '../support/stowage.ts';

/** What InitiateLayerUpload announces. */
const partSize = 10_485_760;

const rangeSize = 4_000_000;

/** A program to run, and a layer of three parts. */
function imageToRun(text: string, options: { flavour?: 'oci' | 'docker'; architecture?: string } = {}): Image {
  return makeImage({
    layers: [
      [{ name: 'hello', content: programThatPrints(text, machine()), mode: 0o755 }],
      [{ name: 'large.bin', content: seededBytes(text, 2 * partSize + 3_000_000) }],
    ],
    architecture: options.architecture ?? machine(),
    flavour: options.flavour,
    command: ['/hello'],
  });
}

interface Manifest {
  readonly mediaType: string;
  readonly config: { readonly digest: string; readonly size: number };
  readonly layers: readonly { readonly digest: string; readonly size: number }[];
}

describe.skipIf(missing('docker'))('images by the AWS API alone', () => {
  let server: Stowage;
  let docker: Docker;
  let ecr: ECRClient;

  beforeAll(async () => {
    server = await startStowage();
    ecr = ecrClient(server);
    docker = await startDocker();
    await docker.login(server.host, (await logIn(server)).password);
  });

  afterAll(async () => {
    await docker?.close();
    ecr?.destroy();
    await server?.close();
  });

  async function uploadLayer(repositoryName: string, { bytes, digest }: Blob): Promise<void> {
    const { uploadId, partSize: announced = 0 } = await ecr.send(new InitiateLayerUploadCommand({ repositoryName }));
    expect(announced).toBe(partSize);
    for (let first = 0; first < bytes.length; first += announced) {
      const layerPartBlob = bytes.subarray(first, first + announced);
      const last = first + layerPartBlob.length - 1;
      const part = { repositoryName, uploadId, partFirstByte: first, partLastByte: last, layerPartBlob };
      const { lastByteReceived } = await ecr.send(new UploadLayerPartCommand(part));
      expect(lastByteReceived).toBe(last);
    }
    const end = { repositoryName, uploadId, layerDigests: [digest] };
    expect((await ecr.send(new CompleteLayerUploadCommand(end))).layerDigest).toBe(digest);
  }

  /** As a client does it: asks which layers are there, sends those that are not, then the manifest. */
  async function pushByApi(repositoryName: string, image: Image, imageTag?: string): Promise<void> {
    for (const child of image.children) await pushByApi(repositoryName, child);
    const blobs = blobsOf({ ...image, children: [] });
    if (blobs.length > 0) {
      const layerDigests = blobs.map(({ digest }) => digest);
      const asked = await ecr.send(new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests }));
      const isThere = new Set(
        asked.layers?.flatMap((layer) => (layer.layerAvailability === 'AVAILABLE' ? [layer.layerDigest] : [])),
      );
      for (const blob of blobs) if (!isThere.has(blob.digest)) await uploadLayer(repositoryName, blob);
    }
    const put = { repositoryName, imageManifest: image.manifest.toString(), imageTag };
    const answer = await ecr.send(new PutImageCommand({ ...put, imageManifestMediaType: image.mediaType }));
    expect(answer.image?.imageId?.imageDigest).toBe(image.digest);
  }

  /** The layer in ranges that are asked for all at once; the URL needs no credentials of its own. */
  async function fetchLayer(repositoryName: string, layer: { digest: string; size: number }): Promise<Buffer> {
    const input = { repositoryName, layerDigest: layer.digest };
    const { downloadUrl = '', layerDigest } = await ecr.send(new GetDownloadUrlForLayerCommand(input));
    expect(layerDigest).toBe(layer.digest);
    const starts = Array.from({ length: Math.ceil(layer.size / rangeSize) }, (_, index) => index * rangeSize);
    const ranges = starts.map(async (start) => {
      const end = Math.min(start + rangeSize, layer.size) - 1;
      const response = await fetch(downloadUrl, { headers: { range: `bytes=${start}-${end}` } });
      expect(response.status).toBe(206);
      expect(response.headers.get('content-range')).toBe(`bytes ${start}-${end}/${layer.size}`);
      return Buffer.from(await response.arrayBuffer());
    });
    return Buffer.concat(await Promise.all(ranges));
  }

  async function expectRuns(reference: string, line: string): Promise<void> {
    expect(await docker.ok('run', '--rm', '--network', 'none', reference)).toBe(`${line}\n`);
  }

  test.each(['oci', 'docker'] as const)(
    'docker runs an image of %s types that was uploaded in parts',
    async (flavour) => {
      const name = `uploaded/${flavour}`;
      await createRepositories(server, name);
      const image = imageToRun(`uploaded, ${flavour}`, { flavour });
      await pushByApi(name, image, 'v1');

      for (const reference of [`${server.host}/${name}:v1`, `${server.host}/${name}@${image.digest}`]) {
        expect(await docker.ok('pull', reference)).toContain(`Digest: ${image.digest}`);
        await expectRuns(reference, `uploaded, ${flavour}`);
        await docker.ok('image', 'rm', '--force', reference);
      }
    },
  );

  test('docker runs its own platform of an index that was uploaded in parts', async () => {
    await createRepositories(server, 'uploaded/index');
    const other = machine() === 'amd64' ? 'arm64' : 'amd64';
    const index = makeIndex([imageToRun('for others', { architecture: other }), imageToRun('for this machine')]);
    await pushByApi('uploaded/index', index, 'v1');

    const reference = `${server.host}/uploaded/index:v1`;
    expect(await docker.ok('pull', reference)).toContain(`Digest: ${index.digest}`);
    await expectRuns(reference, 'for this machine');
  });

  test('an image that docker pushed is fetched whole, its layers in ranges at once', async () => {
    await createRepositories(server, 'fetched');
    const reference = `${server.host}/fetched:v1`;
    const image = imageToRun('fetched');
    await docker.load(dockerArchive(image, [reference]));
    const digest = /digest: (sha256:[0-9a-f]{64})/.exec(await docker.ok('push', reference))?.[1];

    const input = { repositoryName: 'fetched', imageIds: [{ imageTag: 'v1' }] };
    const { images = [], failures } = await ecr.send(new BatchGetImageCommand(input));
    expect(failures).toEqual([]);
    expect(images).toHaveLength(1);
    const text = images[0]?.imageManifest ?? '';
    expect(images[0]?.imageId).toEqual({ imageDigest: digest, imageTag: 'v1' });
    expect(digestOf(text)).toBe(digest);

    const manifest = JSON.parse(text) as Manifest;
    expect(images[0]?.imageManifestMediaType).toBe(manifest.mediaType);
    expect(Math.max(...manifest.layers.map((layer) => layer.size))).toBeGreaterThan(5 * rangeSize);
    const blobs = [manifest.config, ...manifest.layers];
    const fetched = await Promise.all(blobs.map((blob) => fetchLayer('fetched', blob)));
    expect(fetched.map(digestOf)).toEqual(blobs.map((blob) => blob.digest));
    const [config, ...layers] = fetched;
    expect(config).toEqual(image.config?.bytes);
    expect(layers.map((layer) => digestOf(gunzipSync(layer)))).toEqual(image.tars.map(digestOf));
  });
});
