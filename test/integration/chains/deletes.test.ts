/** Deletions by tag and by digest: rule × pushed and deleted by × read by. */
import {
  DeleteRepositoryCommand,
  DescribeImagesCommand,
  ListImagesCommand,
  PutImageCommand,
  type ImageIdentifier,
} from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp, type RunningApp } from '../../support/app.ts';
import { makeIndex, seededImage } from '../../support/images.ts';
import { frontNames, type Front } from './front.ts';
import { chained, newRepository, openFronts, pairs, pushImage, putTag, refusal, type Fronts } from './fronts.ts';

let app: RunningApp;
let fronts: Fronts;

const image = seededImage('image', 1, 500);
const other = seededImage('other', 1, 500);
const index = makeIndex([image, other]);
const second = makeIndex([image]);
const outer = makeIndex([index]);

beforeAll(async () => {
  app = await startApp();
  fronts = openFronts(app);
});

afterAll(async () => {
  await app.close();
});

const list = async (repositoryName: string): Promise<ImageIdentifier[] | undefined> =>
  (await app.ecr().send(new ListImagesCommand({ repositoryName }))).imageIds;

/** Tags, and the images by digest, as a front sees them. */
async function seen(reader: Front, name: string): Promise<{ tags: string[]; images: string[] }> {
  const images: string[] = [];
  const all = { image, other, index, second, outer };
  for (const [what, { digest }] of Object.entries(all)) {
    if ((await refusal(reader.readManifest(name, digest))) === undefined) images.push(what);
  }
  return { tags: await reader.tags(name), images };
}

interface Rule {
  readonly push: (writer: Front, name: string) => Promise<void>;
  /** References to delete, one after the other, each refused or not. */
  readonly remove: readonly (readonly [string, 'goes' | 'held' | 'unknown'])[];
  readonly left: { readonly tags: readonly string[]; readonly images: readonly string[] };
}

const pushed = async (writer: Front, name: string): Promise<void> => {
  await pushImage(writer, name, image, 'one');
  await putTag(writer, name, image, 'two');
};

const indexed = async (writer: Front, name: string): Promise<void> => {
  await pushImage(writer, name, index, 'index');
  await putTag(writer, name, image, 'child');
};

const nested = async (writer: Front, name: string): Promise<void> => await pushImage(writer, name, outer, 'outer');

const rules: [string, Rule][] = [
  ['one of two tags', { push: pushed, remove: [['one', 'goes']], left: { tags: ['two'], images: ['image'] } }],
  [
    'both tags, the image with the last',
    {
      push: pushed,
      remove: [
        ['one', 'goes'],
        ['two', 'goes'],
      ],
      left: { tags: [], images: [] },
    },
  ],
  ['a digest with all its tags', { push: pushed, remove: [[image.digest, 'goes']], left: { tags: [], images: [] } }],
  [
    'a tag twice',
    {
      push: pushed,
      remove: [
        ['one', 'goes'],
        ['one', 'unknown'],
      ],
      left: { tags: ['two'], images: ['image'] },
    },
  ],
  [
    'a digest twice',
    {
      push: pushed,
      remove: [
        [image.digest, 'goes'],
        [image.digest, 'unknown'],
      ],
      left: { tags: [], images: [] },
    },
  ],
  [
    'an image without a tag',
    {
      push: async (writer, name) => await pushImage(writer, name, image),
      remove: [[image.digest, 'goes']],
      left: { tags: [], images: [] },
    },
  ],
  [
    'an image beside another',
    {
      push: async (writer, name) => {
        await pushed(writer, name);
        await pushImage(writer, name, other, 'other');
      },
      remove: [[image.digest, 'goes']],
      left: { tags: ['other'], images: ['other'] },
    },
  ],
  [
    'a child of an index by its digest',
    {
      push: indexed,
      remove: [[image.digest, 'held']],
      left: { tags: ['child', 'index'], images: ['image', 'other', 'index'] },
    },
  ],
  [
    'a child of an index by its last tag',
    {
      push: indexed,
      remove: [['child', 'held']],
      left: { tags: ['child', 'index'], images: ['image', 'other', 'index'] },
    },
  ],
  [
    'a tag of a child that has another',
    {
      push: async (writer, name) => {
        await indexed(writer, name);
        await putTag(writer, name, image, 'more');
      },
      remove: [['more', 'goes']],
      left: { tags: ['child', 'index'], images: ['image', 'other', 'index'] },
    },
  ],
  [
    'an index by its last tag, its children stay',
    { push: indexed, remove: [['index', 'goes']], left: { tags: ['child'], images: ['image', 'other'] } },
  ],
  [
    'an index, then its children',
    {
      push: indexed,
      remove: [
        [index.digest, 'goes'],
        ['child', 'goes'],
        [other.digest, 'goes'],
      ],
      left: { tags: [], images: [] },
    },
  ],
  [
    'one of two indexes that hold a child',
    {
      push: async (writer, name) => {
        await indexed(writer, name);
        await pushImage(writer, name, second, 'second');
      },
      remove: [
        ['index', 'goes'],
        [image.digest, 'held'],
        [other.digest, 'goes'],
        ['second', 'goes'],
        [image.digest, 'goes'],
      ],
      left: { tags: [], images: [] },
    },
  ],
  [
    'an index inside an index',
    {
      push: nested,
      remove: [[index.digest, 'held']],
      left: { tags: ['outer'], images: ['image', 'other', 'index', 'outer'] },
    },
  ],
  [
    'a nest from the outside',
    {
      push: nested,
      remove: [
        ['outer', 'goes'],
        [image.digest, 'held'],
        [index.digest, 'goes'],
        [image.digest, 'goes'],
      ],
      left: { tags: [], images: ['other'] },
    },
  ],
  [
    'an index whose tag has moved away',
    {
      push: async (writer, name) => {
        await indexed(writer, name);
        await putTag(writer, name, other, 'index');
      },
      remove: [
        ['index', 'held'],
        [index.digest, 'goes'],
        ['index', 'goes'],
      ],
      left: { tags: ['child'], images: ['image'] },
    },
  ],
];

const refusals = {
  OCI: { goes: undefined, held: '405 UNSUPPORTED', unknown: '404 MANIFEST_UNKNOWN' },
  JSON: { goes: undefined, held: 'ImageReferencedByManifestList', unknown: 'ImageNotFound' },
};

test.each(chained(rules))('deleted: %s, by %s, read by %s', async (_rule, remover, reader, { push, remove, left }) => {
  const name = await newRepository(app);
  await push(fronts[reader], name);
  for (const [reference, fate] of remove) {
    expect((await refusal(fronts[remover].remove(name, reference)))?.code).toBe(refusals[remover][fate]);
  }
  expect(await seen(fronts[reader], name)).toEqual(left);
});

test.each(pairs)(
  'a refusal names every index that holds the image: pushed by %s, deleted by %s',
  async (writer, remover) => {
    const name = await newRepository(app);
    await pushImage(fronts[writer], name, index);
    await pushImage(fronts[writer], name, second);
    const refused = await refusal(fronts[remover].remove(name, image.digest));
    expect(refused?.message).toBe(`Requested image referenced by manifest list: [${index.digest}, ${second.digest}]`);
  },
);

test.each(pairs)(
  'a deleted image is pushed again as a new one: deleted by %s, pushed by %s',
  async (remover, writer) => {
    const name = await newRepository(app);
    const describe = async () => {
      const command = new DescribeImagesCommand({ repositoryName: name, imageIds: [{ imageDigest: image.digest }] });
      return (await app.ecr().send(command)).imageDetails?.[0];
    };
    await pushImage(fronts[writer], name, image, 'one');
    await fronts[remover].readManifest(name, 'one');
    const before = await describe();
    expect(before?.lastRecordedPullTime).toBeDefined();
    await fronts[remover].remove(name, 'one');
    app.advance(60_000);
    await pushImage(fronts[writer], name, image, 'two');
    const after = await describe();
    expect(after).toMatchObject({ imageTags: ['two'] });
    expect(after?.lastRecordedPullTime).toBeUndefined();
    expect(after?.imagePushedAt?.getTime()).toBeGreaterThan(before?.imagePushedAt?.getTime() ?? Infinity);
  },
);

test.each(pairs)(
  'an index cannot be pushed after its child was deleted: deleted by %s, pushed by %s',
  async (remover, writer) => {
    const name = await newRepository(app);
    await pushImage(fronts[writer], name, image, 'child');
    await fronts[remover].remove(name, 'child');
    const { manifest, mediaType } = second;
    const refused = await refusal(fronts[writer].putManifest(name, { manifest, mediaType, tag: 'index' }));
    expect(refused?.code).toBe({ OCI: '404 MANIFEST_BLOB_UNKNOWN', JSON: 'ReferencedImagesNotFoundException' }[writer]);
    expect(await list(name)).toEqual([]);
  },
);

test.each(pairs)(
  'an index of another repository holds nothing here: pushed by %s, deleted by %s',
  async (writer, remover) => {
    const [name, elsewhere] = [await newRepository(app), await newRepository(app)];
    await pushImage(fronts[writer], elsewhere, second);
    await pushImage(fronts[writer], name, image, 'child');
    await fronts[remover].remove(name, 'child');
    expect(await list(name)).toEqual([]);
    expect(await list(elsewhere)).toHaveLength(2);
  },
);

test.each(pairs)('a repository is empty with its last image: pushed by %s, deleted by %s', async (writer, remover) => {
  const name = await newRepository(app);
  await pushImage(fronts[writer], name, second, 'index');
  const drop = async () => await app.ecr().send(new DeleteRepositoryCommand({ repositoryName: name }));
  await fronts[remover].remove(name, 'index');
  await expect(drop()).rejects.toMatchObject({ name: 'RepositoryNotEmptyException' });
  await fronts[remover].remove(name, image.digest);
  await drop();
  const missing = { OCI: '404 NAME_UNKNOWN', JSON: 'RepositoryNotFoundException' };
  for (const front of frontNames) expect((await refusal(fronts[front].tags(name)))?.code).toBe(missing[front]);
});

test.each(frontNames)(
  'of an index and the deletion of its child at once, one is refused: deleted by %s',
  async (remover) => {
    for (let round = 0; round < 10; round++) {
      const name = await newRepository(app);
      await pushImage(fronts.OCI, name, image);
      const imageManifest = second.manifest.toString();
      const [deleted, put] = await Promise.all([
        refusal(fronts[remover].remove(name, image.digest)),
        app
          .ecr()
          .send(new PutImageCommand({ repositoryName: name, imageManifest }))
          .then(
            () => undefined,
            (error: Error) => error.name,
          ),
      ]);
      if (deleted === undefined) expect(put).toBe('ReferencedImagesNotFoundException');
      else expect([deleted.code, put]).toEqual([refusals[remover].held, undefined]);
      const left = deleted === undefined ? [] : [image.digest, second.digest];
      expect((await list(name))?.map(({ imageDigest }) => imageDigest)).toEqual(left);
    }
  },
);

test.each(frontNames)('refused: a repository that is not there, by %s', async (remover) => {
  expect((await refusal(fronts[remover].remove('nowhere', 'one')))?.code).toBe(
    { OCI: '404 NAME_UNKNOWN', JSON: 'RepositoryNotFoundException' }[remover],
  );
});
