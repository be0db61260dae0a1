import {
  BatchCheckLayerAvailabilityCommand,
  CompleteLayerUploadCommand,
  GetDownloadUrlForLayerCommand,
  InitiateLayerUploadCommand,
  PutImageCommand,
  UploadLayerPartCommand,
} from '@aws-sdk/client-ecr';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blobOf, startApp, type RunningApp } from '../support/app.ts';
import { digestOf, seededBytes, seededImage, type Blob } from '../support/images.ts';
import { expectStatus } from '../support/registry.ts';

let app: RunningApp;
const mebibyte = 1024 * 1024;

beforeAll(async () => {
  app = await startApp({ repositories: ['parts'], limits: { layerParts: 4 } });
});

afterAll(async () => {
  await app.close();
});

async function start(): Promise<string> {
  const { uploadId, partSize } = await app.ecr().send(new InitiateLayerUploadCommand({ repositoryName: 'parts' }));
  expect(partSize).toBe(10_485_760);
  return uploadId ?? '';
}

const part = (
  uploadId: string,
  partFirstByte: number,
  layerPartBlob: Buffer,
  partLastByte = partFirstByte + layerPartBlob.length - 1,
) =>
  app
    .ecr()
    .send(
      new UploadLayerPartCommand({ repositoryName: 'parts', uploadId, partFirstByte, partLastByte, layerPartBlob }),
    );

const complete = (uploadId: string, digest: string) =>
  app.ecr().send(new CompleteLayerUploadCommand({ repositoryName: 'parts', uploadId, layerDigests: [digest] }));

async function upload(blob: Blob): Promise<void> {
  const id = await start();
  await part(id, 0, blob.bytes);
  await complete(id, blob.digest);
}

describe('a layer in parts', () => {
  test('is uploaded part by part, and read by ranges of its URL when an image refers to it', async () => {
    const layer = blobOf(seededBytes('large', 11 * mebibyte + 17), 'application/vnd.oci.image.layer.v1.tar');
    const config = blobOf(
      Buffer.from('{"architecture":"amd64","os":"linux"}'),
      'application/vnd.oci.image.config.v1+json',
    );
    const id = await start();
    const cut = 6 * mebibyte;
    const { lastByteReceived } = await part(id, 0, layer.bytes.subarray(0, cut));
    expect(lastByteReceived).toBe(cut - 1);
    await part(id, cut, layer.bytes.subarray(cut));
    await complete(id, layer.digest);
    await upload(config);
    const url = (): Promise<{ downloadUrl?: string | undefined }> =>
      app.ecr().send(new GetDownloadUrlForLayerCommand({ repositoryName: 'parts', layerDigest: layer.digest }));
    await expect(url()).rejects.toMatchObject({ name: 'LayerInaccessibleException' });
    const descriptor = ({ mediaType, digest, bytes }: Blob) => ({ mediaType, digest, size: bytes.length });
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const imageManifest = JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: descriptor(config),
      layers: [descriptor(layer)],
    });
    await app.ecr().send(new PutImageCommand({ repositoryName: 'parts', imageManifest, imageTag: 'whole' }));

    const { downloadUrl = '' } = await url();
    const third = Math.ceil(layer.bytes.length / 3);
    const ranges = [0, 1, 2].map(async (number) => {
      const range = `bytes=${number * third}-${Math.min((number + 1) * third, layer.bytes.length) - 1}`;
      return await expectStatus(await fetch(downloadUrl, { headers: { range } }), 206);
    });
    expect(digestOf(Buffer.concat(await Promise.all(ranges)))).toBe(layer.digest);
  });

  test('what is there is told, with its media type once an image refers to it', async () => {
    const image = seededImage('told', 1, 900);
    await app.registry.pushImage('parts', image, 'told');
    const [layer] = image.layers;
    const lonely = blobOf(seededBytes('lonely', 100));
    await upload(lonely);
    const unknown = digestOf('nobody has this');
    const layerDigests = [layer?.digest ?? '', lonely.digest, unknown, 'no digest'];
    const { layers, failures } = await app
      .ecr()
      .send(new BatchCheckLayerAvailabilityCommand({ repositoryName: 'parts', layerDigests }));
    expect(layers).toEqual([
      {
        layerDigest: layer?.digest,
        layerAvailability: 'AVAILABLE',
        layerSize: layer?.bytes.length,
        mediaType: layer?.mediaType,
      },
      { layerDigest: lonely.digest, layerAvailability: 'AVAILABLE', layerSize: 100 },
      { layerDigest: unknown, layerAvailability: 'UNAVAILABLE' },
    ]);
    expect(failures).toMatchObject([{ layerDigest: 'no digest', failureCode: 'InvalidLayerDigest' }]);
  });

  test('an upload begun here is looked for and ended on the OCI front', async () => {
    const blob = blobOf(seededBytes('both', 3000));
    const id = await start();
    await part(id, 0, blob.bytes.subarray(0, 1000));
    const status = await app.registry.send('GET', `/v2/parts/blobs/uploads/${id}`);
    await expectStatus(status, 204);
    expect(status.headers.get('range')).toBe('0-999');
    const session = `${app.url}/v2/parts/blobs/uploads/${id}`;
    await expectStatus(await app.registry.finishUpload(session, blob.digest, blob.bytes.subarray(1000)), 201);
  });
});

describe('parts are refused', () => {
  test('that leave a gap or overlap, and the answer says where to go on', async () => {
    const id = await start();
    await part(id, 0, Buffer.alloc(10));
    await expect(part(id, 12, Buffer.alloc(3))).rejects.toMatchObject({
      name: 'InvalidLayerPartException',
      lastValidByteReceived: 9,
      message: 'First byte of the layer part is 12 instead of 10',
    });
    await expect(part(id, 10, Buffer.alloc(3), 99)).rejects.toMatchObject({ name: 'InvalidLayerPartException' });
  });

  test('of an upload that is not there', async () => {
    await expect(part('00000000-0000-0000-0000-000000000000', 0, Buffer.alloc(1))).rejects.toMatchObject({
      name: 'UploadNotFoundException',
    });
  });

  test('over the limit of parts', async () => {
    const id = await start();
    for (const first of [0, 1, 2, 3]) await part(id, first, Buffer.alloc(1));
    await expect(part(id, 4, Buffer.alloc(1))).rejects.toMatchObject({ name: 'LimitExceededException' });
  });

  test('at the end: none, a small one before the last, other bytes, a layer that is there', async () => {
    const empty = await start();
    await expect(complete(empty, digestOf(''))).rejects.toMatchObject({ name: 'EmptyUploadException' });
    const small = await start();
    await part(small, 0, Buffer.alloc(10));
    await part(small, 10, Buffer.alloc(10));
    await expect(complete(small, digestOf(Buffer.alloc(20)))).rejects.toMatchObject({
      name: 'LayerPartTooSmallException',
      message: 'All layer parts except the last part should be at least 5MB',
    });
    const blob = blobOf(seededBytes('once', 400));
    const wrong = await start();
    await part(wrong, 0, blob.bytes);
    await expect(complete(wrong, digestOf('other'))).rejects.toMatchObject({ name: 'InvalidLayerException' });
    await complete(wrong, blob.digest);
    await expect(upload(blob)).rejects.toMatchObject({ name: 'LayerAlreadyExistsException' });
  });
});

describe('the URL of a layer', () => {
  const image = seededImage('url', 1, 500);
  let url: string;

  beforeAll(async () => {
    await app.registry.pushImage('parts', image, 'url');
    const layerDigest = image.layers[0]?.digest;
    const { downloadUrl } = await app
      .ecr()
      .send(new GetDownloadUrlForLayerCommand({ repositoryName: 'parts', layerDigest }));
    url = downloadUrl ?? '';
  });

  test('needs no credentials and gives the bytes', async () => {
    expect(await expectStatus(await fetch(url), 200)).toEqual(image.layers[0]?.bytes);
  });

  test('is worthless when a byte of it is altered', async () => {
    const other = url.replace('/parts/', '/other/');
    for (const altered of [
      other,
      url.replace('123456789012', '123456789013'),
      `${url}0`,
      url.replace(/expires=\d/, 'expires=9'),
    ]) {
      const response = await fetch(altered);
      expect((await expectStatus(response, 403)).toString()).toContain('<Code>SignatureDoesNotMatch</Code>');
    }
  });

  test('expires after an hour, and dies with the key that made it', async () => {
    app.advance(3_601_000);
    expect((await expectStatus(await fetch(url), 403)).toString()).toContain('Request has expired');
    const layerDigest = image.layers[0]?.digest;
    const { downloadUrl = '' } = await app
      .ecr()
      .send(new GetDownloadUrlForLayerCommand({ repositoryName: 'parts', layerDigest }));
    await expectStatus(await fetch(downloadUrl), 200);
    await app.admin('credentials.reset');
    expect((await expectStatus(await fetch(downloadUrl), 403)).toString()).toContain('InvalidAccessKeyId');
  });
});

test('an end that was asked for while a part was under way is judged with that part', async () => {
  const blob = blobOf(seededBytes('overtaken', 2_000));
  const id = await start();
  await part(id, 0, blob.bytes.subarray(0, 1_000));
  const gate = Promise.withResolvers<void>();
  // whoever comes waits behind this, in the order in which they come
  const held = app.app.uploadLocks.hold(id, () => gate.promise);
  const second = part(id, 1_000, blob.bytes.subarray(1_000));
  await sleep(300);
  const end = complete(id, blob.digest);
  end.catch(() => {});
  await sleep(300);
  gate.resolve();
  await held;
  await second;
  await expect(end).rejects.toMatchObject({ name: 'LayerPartTooSmallException' });
});
