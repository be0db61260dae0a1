/** An index lends its tags to its children: who may push only some tags must not lend them to images of other tags. */
import { type ECRClient, PutImageCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp, type RunningApp } from '../../support/app.ts';
import { iamClient, makeUser } from '../../support/iam.ts';
import { digestOf, makeIndex, mediaTypes, seededImage } from '../../support/images.ts';
import { registryAt, type Registry } from '../../support/registry.ts';

const image = ['ecr:BatchGetImage', 'ecr:PutImage'];
const layers = ['ecr:GetAuthorizationToken', 'ecr:*Layer*', 'ecr:ListImages'];
const [secret, mine] = [seededImage('secret'), seededImage('mine')];

let app: RunningApp;
let ecr: ECRClient;
let narrow: Registry;

beforeAll(async () => {
  app = await startApp({ repositories: ['lent'] });
  const iam = iamClient(app.url, app.credentials());
  const user = await makeUser(
    iam,
    'developer',
    { Effect: 'Allow', Action: layers, Resource: '*' },
    { Effect: 'Allow', Action: image, Resource: '*', Condition: { StringLike: { 'stowage:ImageTag': 'dev-*' } } },
  );
  iam.destroy();
  ecr = app.ecr({ credentials: user });
  narrow = registryAt(app.url, await app.logIn({ credentials: user }));
  await app.registry.pushImage('lent', secret, 'prod');
});

afterAll(async () => {
  await app.close();
});

const status = async (answer: Promise<Response>): Promise<number> => {
  const response = await answer;
  await response.arrayBuffer();
  return response.status;
};

test('an index of them takes in only images that its pusher could push, on both fronts', async () => {
  await narrow.pushImage('lent', mine, 'dev-1');
  const bait = makeIndex([secret, mine]);
  expect(await status(narrow.getManifest('lent', secret.digest))).toBe(403);
  expect(await status(narrow.putManifest('lent', 'dev-2', bait))).toBe(403);
  const put = ecr.send(
    new PutImageCommand({
      repositoryName: 'lent',
      imageManifest: bait.manifest.toString(),
      imageManifestMediaType: bait.mediaType,
      imageTag: 'dev-3',
    }),
  );
  await expect(put).rejects.toMatchObject({ name: 'AccessDeniedException' });
  expect(await status(narrow.getManifest('lent', secret.digest))).toBe(403);
  expect(await status(narrow.putManifest('lent', 'dev-2', makeIndex([mine])))).toBe(201);
});

test('to images that no tag leads to neither', async () => {
  const untagged = seededImage('untagged');
  await app.registry.pushImage('lent', untagged, untagged.digest);
  expect(await status(narrow.putManifest('lent', 'dev-4', makeIndex([untagged])))).toBe(403);
  expect(await status(narrow.getManifest('lent', untagged.digest))).toBe(403);
});

test('a child that is not there yet is told as missing', async () => {
  expect(await status(narrow.putManifest('lent', 'dev-5', makeIndex([seededImage('missing')])))).toBe(404);
});

test('nor does a tag of theirs hang something on an image of another tag', async () => {
  const about = (subject: typeof secret) => {
    const { digest, mediaType, manifest } = subject;
    const own = JSON.parse(mine.manifest.toString()) as object;
    const text = JSON.stringify({ ...own, subject: { mediaType, digest, size: manifest.length } });
    return { body: text, headers: { 'content-type': mediaTypes.ociManifest } };
  };
  expect(await status(narrow.send('PUT', '/v2/lent/manifests/dev-6', about(secret)))).toBe(403);
  expect(await status(narrow.send('PUT', '/v2/lent/manifests/dev-6', about(mine)))).toBe(201);
  expect(await status(narrow.send('PUT', '/v2/lent/manifests/dev-7', about(seededImage('to come'))))).toBe(201);
});

test('while what refers to an image of theirs needs no tag', async () => {
  const own = JSON.parse(mine.manifest.toString()) as object;
  const { digest, mediaType, manifest } = mine;
  const signature = JSON.stringify({
    ...own,
    annotations: { kind: 'signature' },
    subject: { mediaType, digest, size: manifest.length },
  });
  const init = { body: signature, headers: { 'content-type': mediaTypes.ociManifest } };
  const path = `/v2/lent/manifests/${digestOf(Buffer.from(signature))}`;
  expect(await status(narrow.send('PUT', path, init))).toBe(201);
  expect(await status(narrow.send('PUT', path, init))).toBe(201);
});
