/** Who belongs to another account or asks in another region: the same refusal for everything, on both fronts. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { account, blobOf, region, startApp, type RunningApp } from '../../support/app.ts';
import { digestOf, seededBytes, seededImage } from '../../support/images.ts';
import type { Credentials } from '../../support/stowage.ts';
import { jsonFront } from './json-front.ts';
import { frontNames, type Front } from './front.ts';
import { newRepository, onEach, openForeignFronts, openFronts, pushImage, refusal, type Fronts } from './fronts.ts';
import { ociFront } from './oci-front.ts';

let app: RunningApp;
let own: Fronts;
let foreign: Fronts;
let name: string;
let upload: string;

const image = seededImage('ours', 1, 500);
const layer = blobOf(seededBytes('theirs', 100));
const stranger = '210987654321';

beforeAll(async () => {
  app = await startApp();
  own = openFronts(app);
  const credentials = (await app.admin('accounts.create', { account: stranger })) as Credentials;
  foreign = await openForeignFronts(app, credentials, account);
  name = await newRepository(app);
  await pushImage(own.OCI, name, image, 'latest');
  upload = await own.JSON.beginUpload(name);
});

afterAll(async () => {
  await app.close();
});

const { manifest, mediaType } = image;

/** Everything that a front can do, with the action that it is decided by on each. */
const acts: [string, { act: (front: Front, repository: string) => Promise<unknown>; action: string }][] = [
  ['begin an upload', { act: async (front, on) => await front.beginUpload(on), action: 'InitiateLayerUpload' }],
  [
    'send to an upload',
    { act: async (front, on) => await front.append(on, upload, layer.bytes, 0), action: 'UploadLayerPart' },
  ],
  ['look for an upload', { act: async (front, on) => await front.received(on, upload), action: 'UploadLayerPart' }],
  [
    'end an upload',
    { act: async (front, on) => await front.complete(on, upload, digestOf('')), action: 'CompleteLayerUpload' },
  ],
  [
    'look for a layer',
    { act: async (front, on) => await front.layerSize(on, layer.digest), action: 'BatchCheckLayerAvailability' },
  ],
  [
    'read a layer',
    {
      act: async (front, on) => await front.readLayer(on, image.layers[0]?.digest ?? ''),
      action: 'GetDownloadUrlForLayer',
    },
  ],
  [
    'put an image',
    { act: async (front, on) => await front.putManifest(on, { manifest, mediaType, tag: 'mine' }), action: 'PutImage' },
  ],
  [
    'read an image by tag',
    { act: async (front, on) => await front.readManifest(on, 'latest'), action: 'BatchGetImage' },
  ],
  [
    'read an image by digest',
    { act: async (front, on) => await front.readManifest(on, image.digest), action: 'BatchGetImage' },
  ],
  ['list tags', { act: async (front, on) => await front.tags(on), action: 'ListImages' }],
  ['list referrers', { act: async (front, on) => await front.referrers(on, image.digest), action: 'BatchGetImage' }],
  ['delete a tag', { act: async (front, on) => await front.remove(on, 'latest'), action: 'BatchDeleteImage' }],
  ['delete a digest', { act: async (front, on) => await front.remove(on, image.digest), action: 'BatchDeleteImage' }],
];

describe.each([
  ['that is there', () => name],
  ['that is not there', () => 'nowhere'],
])('another account, a repository %s', (_which, repository) => {
  test.each(onEach(acts))('may not %s, by %s', async (what, front, { act, action }) => {
    const refused = await refusal(act(foreign[front], repository()));
    // HEAD has no body to carry a code
    const denied = { OCI: what === 'look for a layer' ? '403' : '403 DENIED', JSON: 'AccessDeniedException' };
    expect(refused?.code).toBe(denied[front]);
    expect(refused?.message).toContain(
      `is not authorized to perform: ecr:${action} on resource: arn:aws:ecr:${region}:${account}:repository/${repository()}`,
    );
    expect(refused?.message).toContain(`arn:aws:iam::${stranger}:user/admin`);
  });
});

test('nothing of what another account tried has happened', async () => {
  for (const front of frontNames) {
    expect(await own[front].tags(name)).toEqual(['latest']);
    expect(await own[front].received(name, upload)).toBe(0);
    expect((await own[front].readManifest(name, 'latest')).digest).toBe(image.digest);
  }
});

test.each(onEach(acts))('in another region there is nothing to %s, by %s', async (_what, front, { act }) => {
  const caller = { region: 'us-west-2' };
  const fronts = { OCI: ociFront(app, { authorization: await app.logIn(caller) }), JSON: jsonFront(app.ecr(caller)) };
  const code = (await refusal(act(fronts[front], name)))?.code;
  expect(code?.split(' ')[0]).toBe({ OCI: '404', JSON: 'RepositoryNotFoundException' }[front]);
});
