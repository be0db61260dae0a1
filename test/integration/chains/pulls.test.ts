/** Times of pulls, which only the AWS API tells: rule × pushed by × pulled by. */
import { BatchGetImageCommand, DescribeImagesCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp, type RunningApp } from '../../support/app.ts';
import { makeIndex, seededImage } from '../../support/images.ts';
import type { Front } from './front.ts';
import { chained, newRepository, openFronts, pairs, pushImage, putTag, type Fronts } from './fronts.ts';

let app: RunningApp;
let fronts: Fronts;

const image = seededImage('pulled', 1, 400);
const other = seededImage('other', 1, 400);
const index = makeIndex([image, other]);

beforeAll(async () => {
  app = await startApp();
  fronts = openFronts(app);
});

afterAll(async () => {
  await app.close();
});

async function pulledAt(repositoryName: string, { digest: imageDigest } = image): Promise<number | undefined> {
  const command = new DescribeImagesCommand({ repositoryName, imageIds: [{ imageDigest }] });
  return (await app.ecr().send(command)).imageDetails?.[0]?.lastRecordedPullTime?.getTime();
}

type Act = (front: Front, name: string) => Promise<unknown>;

/** The image is there as `latest`, and in the index `all`. */
const acts: [string, { act: Act; pulled: readonly (typeof image)[] }][] = [
  [
    'a manifest by tag is a pull',
    { act: async (front, name) => await front.readManifest(name, 'latest'), pulled: [image] },
  ],
  [
    'a manifest by digest is a pull',
    { act: async (front, name) => await front.readManifest(name, image.digest), pulled: [image] },
  ],
  [
    'an index is a pull of itself alone',
    { act: async (front, name) => await front.readManifest(name, 'all'), pulled: [index] },
  ],
  [
    'a layer is none',
    { act: async (front, name) => await front.readLayer(name, image.layers[0]?.digest ?? ''), pulled: [] },
  ],
  [
    'a look for a layer is none',
    { act: async (front, name) => await front.layerSize(name, image.layers[0]?.digest ?? ''), pulled: [] },
  ],
  ['a list of tags is none', { act: async (front, name) => await front.tags(name), pulled: [] }],
  [
    'a list of referrers is none',
    { act: async (front, name) => await front.referrers(name, image.digest), pulled: [] },
  ],
  ['another tag is none', { act: async (front, name) => await putTag(front, name, image, 'more'), pulled: [] }],
  [
    'a push of an index over it is none',
    { act: async (front, name) => await pushImage(front, name, makeIndex([image])), pulled: [] },
  ],
];

test.each(chained(acts))('%s: pushed by %s, asked by %s', async (_what, writer, reader, { act, pulled }) => {
  const name = await newRepository(app);
  await pushImage(fronts[writer], name, image, 'latest');
  await pushImage(fronts[writer], name, index, 'all');
  const before = app.now();
  await act(fronts[reader], name);
  const after = app.now();
  for (const one of [image, other, index]) {
    const time = await pulledAt(name, one);
    if (pulled.includes(one)) {
      expect(time).toBeGreaterThanOrEqual(before);
      expect(time).toBeLessThanOrEqual(after);
    } else expect(time).toBeUndefined();
  }
});

test.each(pairs)('the later pull counts, whichever front it came by: by %s, then by %s', async (first, second) => {
  const name = await newRepository(app);
  await pushImage(fronts.OCI, name, image, 'latest');
  await fronts[first].readManifest(name, 'latest');
  const earlier = (await pulledAt(name)) ?? Infinity;
  app.advance(60_000);
  await fronts[second].readManifest(name, image.digest);
  expect(await pulledAt(name)).toBeGreaterThanOrEqual(earlier + 60_000);
});

test.each(pairs)(
  'a pull is kept by a restart and by another push: pulled by %s, pushed by %s',
  async (reader, writer) => {
    const name = await newRepository(app);
    await pushImage(fronts[writer], name, image, 'latest');
    await fronts[reader].readManifest(name, 'latest');
    const time = await pulledAt(name);
    expect(time).toBeDefined();
    await app.restart();
    await pushImage(fronts[writer], name, image, 'again');
    expect(await pulledAt(name)).toBe(time);
  },
);

test('what was not given is no pull: a media type that is not accepted, and what the client has already', async () => {
  const name = await newRepository(app);
  await pushImage(fronts.JSON, name, image, 'latest');
  const acceptedMediaTypes = ['application/vnd.docker.distribution.manifest.v2+json'];
  const imageIds = [{ imageTag: 'latest' }];
  const { failures } = await app
    .ecr()
    .send(new BatchGetImageCommand({ repositoryName: name, imageIds, acceptedMediaTypes }));
  expect(failures).toHaveLength(1);
  const headers = { authorization: app.authorization };
  const path = `/v2/${name}/manifests/latest`;
  expect((await app.ask('GET', path, { ...headers, 'if-none-match': `"${image.digest}"` })).status).toBe(304);
  expect((await app.ask('HEAD', path, headers)).status).toBe(200);
  expect(await pulledAt(name)).toBeUndefined();
});
