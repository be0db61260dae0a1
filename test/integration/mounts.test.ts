import { GetAccountSettingCommand, PutAccountSettingCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { account, blobOf, region, startApp, type RunningApp } from '../support/app.ts';
import { seededBytes, type Blob } from '../support/images.ts';
import { registryAt } from '../support/registry.ts';
import type { Credentials } from '../support/stowage.ts';

let app: RunningApp;

beforeAll(async () => {
  app = await startApp({ repositories: ['from', 'to'] });
});

afterAll(async () => {
  await app.close();
});

let made = 0;

/** A layer of its own for each test, in the repository `from`. */
async function layer(repository = 'from'): Promise<Blob> {
  const blob = blobOf(seededBytes(`mount ${made++}`, 2000));
  await app.registry.pushBlob(repository, blob);
  return blob;
}

const mount = async (digest: string, from?: string, to = 'to'): Promise<Response> => {
  const source = from === undefined ? '' : `&from=${encodeURIComponent(from)}`;
  return await app.registry.send('POST', `/v2/${to}/blobs/uploads/?mount=${digest}${source}`);
};

const has = async (repository: string, digest: string): Promise<boolean> =>
  (await app.registry.send('HEAD', `/v2/${repository}/blobs/${digest}`)).status === 200;

/** An ordinary upload instead of a mount, which takes the layer then. */
async function expectUpload(response: Response, blob: Blob): Promise<void> {
  expect(response.status).toBe(202);
  const session = response.headers.get('location') ?? '';
  expect(session).toMatch(/\/v2\/to\/blobs\/uploads\/[0-9a-f-]{36}$/);
  expect(await has('to', blob.digest)).toBe(false);
  expect((await app.registry.finishUpload(session, blob.digest, blob.bytes)).status).toBe(201);
}

async function setMounting(value: 'ENABLED' | 'DISABLED'): Promise<void> {
  await app.ecr().send(new PutAccountSettingCommand({ name: 'BLOB_MOUNTING', value }));
}

describe('with BLOB_MOUNTING as it is at first', () => {
  test('the setting is DISABLED', async () => {
    const answer = await app.ecr().send(new GetAccountSettingCommand({ name: 'BLOB_MOUNTING' }));
    expect(answer).toMatchObject({ name: 'BLOB_MOUNTING', value: 'DISABLED' });
  });

  test('a mount becomes an upload', async () => {
    const blob = await layer();
    await expectUpload(await mount(blob.digest, 'from'), blob);
  });
});

describe('with BLOB_MOUNTING enabled', () => {
  beforeEach(async () => {
    await setMounting('ENABLED');
  });

  test('a mount makes the layer part of the repository without another file', async () => {
    const blob = await layer();
    const files = await app.files();
    const response = await mount(blob.digest, 'from');
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe(`${app.url}/v2/to/blobs/${blob.digest}`);
    expect(response.headers.get('docker-content-digest')).toBe(blob.digest);
    const read = await app.registry.getBlob('to', blob.digest);
    expect(Buffer.from(await read.arrayBuffer()).equals(blob.bytes)).toBe(true);
    expect(await app.files()).toEqual(files);
  });

  test('a layer that is mounted twice is answered 201 twice', async () => {
    const { digest } = await layer();
    expect((await mount(digest, 'from')).status).toBe(201);
    expect((await mount(digest, 'from')).status).toBe(201);
  });

  test('a mount from the repository itself is answered 201', async () => {
    const { digest } = await layer('to');
    expect((await mount(digest, 'to')).status).toBe(201);
  });

  test.each([
    ['a repository that does not exist', 'nowhere'],
    ['a repository without the layer', 'to'],
    ['a name that is none', 'Not/A Name'],
    ['nothing', ''],
  ])('a mount from %s becomes an upload', async (_what, from) => {
    const blob = await layer();
    await expectUpload(await mount(blob.digest, from), blob);
  });

  test('a mount of a digest that is none becomes an upload', async () => {
    const response = await mount('sha256:zz', 'from');
    expect(response.status).toBe(202);
  });

  test('without `from` it is 201 where the target has the layer, else an upload', async () => {
    const blob = await layer();
    await expectUpload(await mount(blob.digest), blob);
    expect((await mount(blob.digest)).status).toBe(201);
  });

  test('a mount into a repository that does not exist is 404', async () => {
    const { digest } = await layer();
    expect((await mount(digest, 'from', 'nowhere')).status).toBe(404);
  });

  test.each(['another region', 'another account'])('a layer of %s becomes an upload', async (place) => {
    const foreign = `foreign-${place === 'another region' ? 'region' : 'account'}`;
    const credentials =
      place === 'another region'
        ? app.credentials()
        : ((await app.admin('accounts.create', { account: '210987654321' })) as Credentials);
    const there = { credentials, region: place === 'another region' ? 'us-west-2' : region };
    await app.createRepositories([foreign], there);
    const blob = blobOf(seededBytes(foreign, 2000));
    await registryAt(app.url, await app.logIn(there)).pushBlob(foreign, blob);
    await expectUpload(await mount(blob.digest, foreign), blob);
  });

  test('disabling it again keeps what was mounted', async () => {
    const { digest } = await layer();
    expect((await mount(digest, 'from')).status).toBe(201);
    await setMounting('DISABLED');
    expect(await has('to', digest)).toBe(true);
  });

  test('it holds for its own region only', async () => {
    const elsewhere = app.ecr({ region: 'us-west-2' });
    const answer = await elsewhere.send(new GetAccountSettingCommand({ name: 'BLOB_MOUNTING' }));
    expect(answer.value).toBe('DISABLED');
  });
});

test('a setting that is none is refused by name', async () => {
  const wrong = app.ecr().send(new PutAccountSettingCommand({ name: 'BLOB_MOUNTING', value: 'PERHAPS' }));
  await expect(wrong).rejects.toMatchObject({ name: 'InvalidParameterException' });
  const unknown = app.ecr().send(new GetAccountSettingCommand({ name: account }));
  await expect(unknown).rejects.toMatchObject({ name: 'InvalidParameterException' });
});
