/** Tags: rule × written by × read by. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp, type RunningApp } from '../../support/app.ts';
import { seededImage, type Image } from '../../support/images.ts';
import { frontNames, type Front } from './front.ts';
import {
  chained,
  newRepository,
  onEach,
  openFronts,
  pairs,
  pushImage,
  putTag,
  refusal,
  type Fronts,
} from './fronts.ts';

let app: RunningApp;
let fronts: Fronts;

const first = seededImage('first', 1, 500);
const second = seededImage('second', 1, 500);

beforeAll(async () => {
  app = await startApp({ limits: { tagsPerImage: 4 } });
  fronts = openFronts(app);
});

afterAll(async () => {
  await app.close();
});

/** A push by digest that sets tags, which only the OCI front can do. */
async function putTags(name: string, image: Image, tags: readonly string[], digest = image.digest): Promise<number> {
  const query = tags.map((tag) => `tag=${encodeURIComponent(tag)}`).join('&');
  const headers = { authorization: app.authorization, 'content-type': image.mediaType };
  const { status } = await app.ask('PUT', `/v2/${name}/manifests/${digest}?${query}`, headers, image.manifest);
  return status;
}

interface Rule {
  readonly write: (front: Front, name: string) => Promise<void>;
  /** Tags in byte order with the image that each points at. */
  readonly tags: Readonly<Record<string, Image>>;
}

const longest = `a${'.-_Z9'.repeat(25)}12`;

/** `first` is there under `one` before each. */
const rules: [string, Rule][] = [
  [
    'a tag of a new image',
    { write: async (front, name) => await pushImage(front, name, second, 'two'), tags: { one: first, two: second } },
  ],
  [
    'a second tag of an image',
    { write: async (front, name) => await putTag(front, name, first, 'two'), tags: { one: first, two: first } },
  ],
  [
    'a tag that moves',
    { write: async (front, name) => await pushImage(front, name, second, 'one'), tags: { one: second } },
  ],
  [
    'a tag that moves away and back',
    {
      write: async (front, name) => {
        await pushImage(front, name, second, 'one');
        await putTag(front, name, first, 'one');
      },
      tags: { one: first },
    },
  ],
  [
    'tags in the order of their bytes',
    {
      write: async (front, name) => {
        await pushImage(front, name, second, 'b');
        for (const tag of ['B', '_', '0']) await putTag(front, name, second, tag);
        for (const tag of ['b.1', 'b-1']) await putTag(front, name, first, tag);
      },
      tags: { '0': second, B: second, _: second, b: second, 'b-1': first, 'b.1': first, one: first },
    },
  ],
  [
    'the longest tag',
    { write: async (front, name) => await putTag(front, name, first, longest), tags: { [longest]: first, one: first } },
  ],
  [
    'an image without a tag',
    { write: async (front, name) => await pushImage(front, name, second), tags: { one: first } },
  ],
];

test.each(chained(rules))('%s: written by %s, read by %s', async (_rule, writer, reader, { write, tags }) => {
  const name = await newRepository(app);
  await pushImage(fronts[writer], name, first, 'one');
  await write(fronts[writer], name);
  expect(await fronts[reader].tags(name)).toEqual(Object.keys(tags).toSorted());
  for (const [tag, image] of Object.entries(tags)) {
    expect((await fronts[reader].readManifest(name, tag)).digest).toBe(image.digest);
  }
  // whatever lost its tags is still there
  expect((await fronts[reader].readManifest(name, first.digest)).bytes).toEqual(first.manifest);
});

test.each(pairs)('the same tag again changes nothing: written by %s, then by %s', async (writer, again) => {
  const name = await newRepository(app);
  await pushImage(fronts[writer], name, first, 'one');
  const refused = await refusal(putTag(fronts[again], name, first, 'one'));
  expect(refused?.code).toBe({ OCI: undefined, JSON: 'ImageAlreadyExistsException' }[again]);
  expect(await fronts.OCI.tags(name)).toEqual(['one']);
});

test.each(pairs)('a digest by sha512 is an image of its own: tagged by %s, moved by %s', async (writer, mover) => {
  const name = await newRepository(app);
  const { manifest, mediaType } = first;
  const digest = `sha512:${createHash('sha512').update(manifest).digest('hex')}`;
  await pushImage(fronts[writer], name, { ...first, digest }, 'one');
  expect((await fronts[mover].readManifest(name, 'one')).digest).toBe(digest);
  expect(await refusal(fronts[mover].readManifest(name, first.digest))).toBeDefined();
  expect(await fronts[mover].putManifest(name, { manifest, mediaType, tag: 'one' })).toBe(first.digest);
  expect((await fronts[writer].readManifest(name, 'one')).digest).toBe(first.digest);
  expect((await fronts[writer].readManifest(name, digest)).bytes).toEqual(manifest);
});

test.each(frontNames)('tags that are set together by digest: written by OCI, read by %s', async (reader) => {
  const name = await newRepository(app);
  await pushImage(fronts.JSON, name, first, 'one');
  expect(await putTags(name, first, ['one', 'two', 'three', 'two'])).toBe(201);
  expect(await fronts[reader].tags(name)).toEqual(['one', 'three', 'two']);
});

test.each(onEach([['a tag', 'five']]))('one tag too many is refused: %s, by %s', async (_what, front, tag) => {
  const name = await newRepository(app);
  await pushImage(fronts.OCI, name, first, 'one');
  for (const more of ['two', 'three', 'four']) await putTag(fronts[front], name, first, more);
  expect(await refusal(putTag(fronts[front], name, first, tag))).toEqual({
    code: { OCI: '403 DENIED', JSON: 'LimitExceededException' }[front],
    message: `Adding tag 'five' to an image in the repository with name '${name}' in registry with id '123456789012' exceeds the maximum allowed number of tags per image which is '4'`,
  });
  await pushImage(fronts[front], name, second, 'four');
  expect(await refusal(putTag(fronts[front], name, first, tag))).toBeUndefined();
});

test.each([
  ['too many', ['two', 'three', 'four', 'five'], 403],
  ['a malformed one', ['two', '-three'], 400],
  ['an empty one', ['two', ''], 400],
])('tags that are set together are all set or none: %s, read by both', async (_what, tags, status) => {
  const name = await newRepository(app);
  await pushImage(fronts.JSON, name, first, 'one');
  expect(await putTags(name, first, tags)).toBe(status);
  for (const front of frontNames) expect(await fronts[front].tags(name)).toEqual(['one']);
});

test('a push that sets tags by another digest than its own sets none of them', async () => {
  const name = await newRepository(app);
  await pushImage(fronts.JSON, name, first, 'one');
  expect(await putTags(name, first, ['two'], second.digest)).toBe(400);
  for (const front of frontNames) expect(await fronts[front].tags(name)).toEqual(['one']);
});

test.each(frontNames)('a tag that is none names nothing: read by %s', async (reader) => {
  const name = await newRepository(app);
  await pushImage(fronts.OCI, name, first, 'one');
  const read = async (tag: string) => (await refusal(fronts[reader].readManifest(name, tag)))?.code;
  const unknown = { OCI: '404 MANIFEST_UNKNOWN', JSON: 'ImageNotFound' }[reader];
  expect(await read('none')).toBe(unknown);
  expect(await read('One')).toBe(unknown);
  expect(await read('.one')).toBe({ OCI: unknown, JSON: 'InvalidImageTag' }[reader]);
  expect(await read('sha256:12')).toBe({ OCI: '400 DIGEST_INVALID', JSON: 'ImageNotFound' }[reader]);
});
