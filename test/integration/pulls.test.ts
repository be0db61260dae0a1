import { BatchGetImageCommand, DescribeImagesCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startApp, type RunningApp } from '../support/app.ts';
import { makeIndex, seededImage } from '../support/images.ts';

let app: RunningApp;
let name = '';
let made = 0;
const image = seededImage('pulled');

beforeAll(async () => {
  app = await startApp();
});

beforeEach(async () => {
  name = `pulls/${made++}`;
  await app.createRepositories([name]);
  await app.registry.pushImage(name, image, 'latest');
});

afterAll(async () => {
  await app.close();
});

async function pulledAt(imageDigest = image.digest): Promise<number | undefined> {
  const command = new DescribeImagesCommand({ repositoryName: name, imageIds: [{ imageDigest }] });
  return (await app.ecr().send(command)).imageDetails?.[0]?.lastRecordedPullTime?.getTime();
}

const get = async (reference: string): Promise<number> => (await app.registry.getManifest(name, reference)).status;

const batchGet = async (): Promise<void> => {
  await app.ecr().send(new BatchGetImageCommand({ repositoryName: name, imageIds: [{ imageTag: 'latest' }] }));
};

test('an image that was only pushed has no pull time', async () => {
  expect(await pulledAt()).toBeUndefined();
});

test.each([
  ['GET of the manifest by tag', async () => await get('latest')],
  ['GET of the manifest by digest', async () => await get(image.digest)],
  ['BatchGetImage', batchGet],
])('%s is a pull', async (_what, pull) => {
  const before = app.now();
  await pull();
  const after = app.now();
  const time = (await pulledAt()) ?? 0;
  expect(time).toBeGreaterThanOrEqual(before - 1);
  expect(time).toBeLessThanOrEqual(after + 1);
});

test.each([
  ['HEAD of the manifest', 'HEAD', () => `manifests/latest`],
  ['GET of the tags', 'GET', () => 'tags/list'],
  ['GET of a layer', 'GET', () => `blobs/${image.layers[0]?.digest}`],
])('%s is no pull', async (_what, method, path) => {
  expect((await app.registry.send(method, `/v2/${name}/${path()}`)).status).toBe(200);
  expect(await pulledAt()).toBeUndefined();
});

test('a manifest that the client has already (304) is no pull', async () => {
  const headers = { 'if-none-match': `"${image.digest}"` };
  expect((await app.registry.send('GET', `/v2/${name}/manifests/latest`, { headers })).status).toBe(304);
  expect(await pulledAt()).toBeUndefined();
});

test('a later pull is told instead of the earlier', async () => {
  await get('latest');
  const first = (await pulledAt()) ?? Infinity;
  app.advance(90_000);
  await get('latest');
  expect(await pulledAt()).toBeGreaterThanOrEqual(first + 90_000);
});

test('a pull of an index is none of its images', async () => {
  const index = makeIndex([image]);
  await app.registry.pushImage(name, index, 'index');
  await get('index');
  expect(await pulledAt(index.digest)).toBeDefined();
  expect(await pulledAt()).toBeUndefined();
});

test('a pull of one repository is none of another with the same image', async () => {
  await get('latest');
  const pulled = name;
  name = `pulls/${made++}`;
  await app.createRepositories([name]);
  await app.registry.pushImage(name, image, 'latest');
  expect(await pulledAt()).toBeUndefined();
  name = pulled;
  expect(await pulledAt()).toBeDefined();
});

test('the time of a pull survives a restart', async () => {
  await get('latest');
  const time = await pulledAt();
  await app.restart();
  expect(time).toBeDefined();
  expect(await pulledAt()).toBe(time);
});

test('pushing the image again keeps the time', async () => {
  await get('latest');
  const time = await pulledAt();
  await app.registry.pushImage(name, image, 'again');
  expect(await pulledAt()).toBe(time);
});
