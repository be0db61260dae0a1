/** Layers that one front takes and the other looks for, reads, mounts and keeps: rule × written by × read by. */
import {
  BatchCheckLayerAvailabilityCommand,
  DeleteRepositoryCommand,
  GetDownloadUrlForLayerCommand,
  PutAccountSettingCommand,
} from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blobOf, startApp, type RunningApp } from '../../support/app.ts';
import { pass } from '../../support/collector.ts';
import { blobsOf, digestOf, seededBytes, seededImage, type Image } from '../../support/images.ts';
import { frontNames } from './front.ts';
import { newRepository, openFronts, pairs, pushImage, putLayer, refusal, type Fronts } from './fronts.ts';
import { readUrl } from './json-front.ts';

let app: RunningApp;
let fronts: Fronts;

/** Short, so that the logins of this file outlive it. */
const lease = 600_000;

beforeAll(async () => {
  app = await startApp({ limits: { lease, deletionGrace: 0 } });
  fronts = openFronts(app);
});

afterAll(async () => {
  await app.close();
});

const image = seededImage('image', 1, 900);
const layer = image.layers[0] ?? blobOf(Buffer.alloc(0));
const lonely = blobOf(seededBytes('lonely', 800));

const codeOf = async (act: Promise<unknown>): Promise<string | undefined> => (await refusal(act))?.code;

const unknown = { OCI: '404 BLOB_UNKNOWN', JSON: 'LayersNotFoundException' };
/** What each front says of the bytes of a layer that is there and that no image refers to. */
const unreferenced = { OCI: undefined, JSON: 'LayerInaccessibleException' };

async function urlOf(repositoryName: string, layerDigest: string): Promise<string> {
  const command = new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest });
  return (await app.ecr().send(command)).downloadUrl ?? '';
}

async function mediaTypeOf(repositoryName: string, layerDigest: string): Promise<string | undefined> {
  const command = new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests: [layerDigest] });
  return (await app.ecr().send(command)).layers?.[0]?.mediaType;
}

async function putManifest(front: 'OCI' | 'JSON', name: string, { manifest, mediaType }: Image): Promise<void> {
  await fronts[front].putManifest(name, { manifest, mediaType, tag: 'latest' });
}

describe.each(pairs)('written by %s, read by %s', (writer, reader) => {
  test('a layer is known with its size where it was sent to, and nowhere else', async () => {
    const [name, other] = [await newRepository(app), await newRepository(app)];
    await putLayer(fronts[writer], name, lonely);
    expect(await fronts[reader].layerSize(name, lonely.digest)).toBe(800);
    expect(await fronts[reader].layerSize(other, lonely.digest)).toBeUndefined();
    expect(await codeOf(fronts[reader].readLayer(other, lonely.digest))).toBe(unknown[reader]);
  });

  test('a layer of an image in one repository is no layer for an image in another', async () => {
    const [name, other] = [await newRepository(app), await newRepository(app)];
    await pushImage(fronts[writer], name, image);
    const refused = await codeOf(putManifest(reader, other, image));
    expect(refused).toBe({ OCI: '404 BLOB_UPLOAD_UNKNOWN', JSON: 'LayersNotFoundException' }[reader]);
  });

  test('a layer that no image refers to is read by OCI and refused by JSON, before an image and after', async () => {
    const name = await newRepository(app);
    for (const blob of blobsOf(image)) await putLayer(fronts[writer], name, blob);
    expect(await codeOf(fronts[reader].readLayer(name, layer.digest))).toBe(unreferenced[reader]);
    expect(await mediaTypeOf(name, layer.digest)).toBeUndefined();
    await putManifest(writer, name, image);
    expect(await fronts[reader].readLayer(name, layer.digest)).toEqual(layer.bytes);
    expect(await mediaTypeOf(name, layer.digest)).toBe(layer.mediaType);
    await fronts[writer].remove(name, 'latest');
    expect(await codeOf(fronts[reader].readLayer(name, layer.digest))).toBe(unreferenced[reader]);
    expect(await mediaTypeOf(name, layer.digest)).toBeUndefined();
    expect(await fronts[reader].layerSize(name, layer.digest)).toBe(layer.bytes.length);
  });

  test('a layer of a deleted image stays for a lease, and its URL as long', async () => {
    const name = await newRepository(app);
    await pushImage(fronts[writer], name, image, 'latest');
    const url = await urlOf(name, layer.digest);
    await pass(app, 2 * lease);
    await fronts[reader].remove(name, 'latest');
    await pass(app, lease - 60_000);
    expect(await readUrl(url)).toEqual(layer.bytes);
    expect(await fronts.OCI.readLayer(name, layer.digest)).toEqual(layer.bytes);
    await pass(app, 120_000);
    expect(await codeOf(readUrl(url))).toBe('404 NoSuchKey');
    expect(await codeOf(fronts[reader].readLayer(name, layer.digest))).toBe(unknown[reader]);
    expect(await fronts[reader].layerSize(name, layer.digest)).toBeUndefined();
  });

  test('a layer that is said to be there can be left out for a lease more', async () => {
    const name = await newRepository(app);
    for (const blob of blobsOf(image)) await putLayer(fronts[writer], name, blob);
    await pass(app, lease - 60_000);
    for (const { digest } of blobsOf(image)) expect(await fronts[reader].layerSize(name, digest)).toBeDefined();
    await pass(app, lease - 60_000);
    await putManifest(reader, name, image);
    expect(await fronts[writer].readLayer(name, layer.digest)).toEqual(layer.bytes);
  });

  test('a layer that nobody asks for is gone after its lease, and an image of it refused', async () => {
    const name = await newRepository(app);
    for (const blob of blobsOf(image)) await putLayer(fronts[writer], name, blob);
    await pass(app, lease + 60_000);
    const refused = await codeOf(putManifest(reader, name, image));
    expect(refused).toBe({ OCI: '404 BLOB_UPLOAD_UNKNOWN', JSON: 'LayersNotFoundException' }[reader]);
  });

  test('a layer of two images stays with the second', async () => {
    const name = await newRepository(app);
    const twin: Image = { ...image, manifest: Buffer.from(`${image.manifest.toString()}\n`) };
    await pushImage(fronts[writer], name, image, 'one');
    await pushImage(fronts[writer], name, twin, 'two');
    await fronts[reader].remove(name, image.digest);
    await pass(app, 2 * lease);
    expect(await fronts[reader].readLayer(name, layer.digest)).toEqual(layer.bytes);
  });

  test('a layer of two repositories stays with the second, and a URL of the first is void', async () => {
    const [name, other] = [await newRepository(app), await newRepository(app)];
    await pushImage(fronts[writer], name, image);
    await pushImage(fronts[reader], other, image);
    const url = await urlOf(name, layer.digest);
    await app.ecr().send(new DeleteRepositoryCommand({ repositoryName: name, force: true }));
    await pass(app, 2 * lease);
    expect(await codeOf(readUrl(url))).toBe('404 NoSuchKey');
    expect(await fronts[writer].readLayer(other, layer.digest)).toEqual(layer.bytes);
    expect(await fronts[reader].readLayer(other, layer.digest)).toEqual(layer.bytes);
    // a new repository of the name does not bring the layer back
    await app.createRepositories([name]);
    expect(await codeOf(readUrl(url))).toBe('404 NoSuchKey');
    expect(await fronts[reader].layerSize(name, layer.digest)).toBeUndefined();
  });
});

/** Only the OCI front mounts; what is mounted has to be there for both. */
describe.each(pairs)('a mount of a layer: sent by %s, used by %s', (writer, reader) => {
  const mount = async (to: string, from: string, digest: string) =>
    await app.ask('POST', `/v2/${to}/blobs/uploads/?mount=${digest}&from=${from}`, {
      authorization: app.authorization,
    });
  const allow = async (value: 'ENABLED' | 'DISABLED') =>
    await app.ecr().send(new PutAccountSettingCommand({ name: 'BLOB_MOUNTING', value }));

  test('it is there as if it had been sent, and outlives the repository that it came from', async () => {
    await allow('ENABLED');
    const [from, to] = [await newRepository(app), await newRepository(app)];
    for (const blob of blobsOf(image)) {
      await putLayer(fronts[writer], from, blob);
      expect((await mount(to, from, blob.digest)).status).toBe(201);
    }
    expect(await fronts[reader].layerSize(to, layer.digest)).toBe(layer.bytes.length);
    await putManifest(reader, to, image);
    await app.ecr().send(new DeleteRepositoryCommand({ repositoryName: from, force: true }));
    await pass(app, 2 * lease);
    expect(await fronts[reader].readLayer(to, layer.digest)).toEqual(layer.bytes);
    expect((await fronts[writer].readManifest(to, 'latest')).bytes).toEqual(image.manifest);
  });

  test('it is one that exists already for an upload', async () => {
    await allow('ENABLED');
    const [from, to] = [await newRepository(app), await newRepository(app)];
    await putLayer(fronts[writer], from, lonely);
    await mount(to, from, lonely.digest);
    const id = await fronts[reader].beginUpload(to);
    await fronts[reader].append(to, id, lonely.bytes, 0);
    const refused = await codeOf(fronts[reader].complete(to, id, lonely.digest));
    expect(refused).toBe({ OCI: undefined, JSON: 'LayerAlreadyExistsException' }[reader]);
  });

  test.each(['DISABLED', 'ENABLED'] as const)(
    'where it cannot be (%s), an upload is begun that both fronts know',
    async (setting) => {
      await allow(setting);
      const [from, to] = [await newRepository(app), await newRepository(app)];
      if (setting === 'DISABLED') await putLayer(fronts[writer], from, lonely);
      const answer = await mount(to, from, lonely.digest);
      expect(answer.status).toBe(202);
      expect(await fronts[reader].layerSize(to, lonely.digest)).toBeUndefined();
      const id = String(answer.headers['docker-upload-uuid']);
      expect(await fronts[reader].received(to, id)).toBe(0);
      await fronts[writer].append(to, id, lonely.bytes, 0);
      await fronts[reader].complete(to, id, lonely.digest);
      expect(await fronts[writer].layerSize(to, lonely.digest)).toBe(800);
    },
  );
});

test.each(frontNames)('refused: a digest that is none, by %s', async (reader) => {
  const name = await newRepository(app);
  const expected = { OCI: '400', JSON: 'InvalidLayerDigest' }[reader];
  expect(await codeOf(fronts[reader].layerSize(name, 'sha256:zz'))).toBe(expected);
  const read = { OCI: '400 DIGEST_INVALID', JSON: 'InvalidParameterException' }[reader];
  expect(await codeOf(fronts[reader].readLayer(name, 'sha256:zz'))).toBe(read);
  // well-formed, and of nothing that could be there
  expect(await codeOf(fronts[reader].readLayer(name, digestOf('nothing')))).toBe(unknown[reader]);
});

test.each(frontNames)('refused: a repository that is not there, by %s', async (reader) => {
  const missing = { OCI: '404 NAME_UNKNOWN', JSON: 'RepositoryNotFoundException' }[reader];
  expect(await codeOf(fronts[reader].readLayer('nowhere', layer.digest))).toBe(missing);
  expect(await codeOf(fronts[reader].beginUpload('nowhere'))).toBe(missing);
  expect(await codeOf(fronts[reader].layerSize('nowhere', layer.digest))).toBe(reader === 'OCI' ? '404' : missing);
});
