/** What neither front takes, and how each of them says so: rule × front. */
import { ListImagesCommand } from '@aws-sdk/client-ecr';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp, type RunningApp } from '../../support/app.ts';
import { digestOf, makeIndex, mediaTypes, seededImage, type Image } from '../../support/images.ts';
import { frontNames, type NewManifest } from './front.ts';
import { newRepository, onEach, openFronts, pushImage, refusal, type Fronts } from './fronts.ts';

let app: RunningApp;
let fronts: Fronts;
let elsewhere: string;

const image = seededImage('image', 2, 600);
const stranger = seededImage('never pushed', 2, 600);
const neighbour = seededImage('in another repository', 1, 600);

beforeAll(async () => {
  app = await startApp();
  fronts = openFronts(app);
  elsewhere = await newRepository(app);
  await pushImage(fronts.OCI, elsewhere, neighbour, 'there');
});

afterAll(async () => {
  await app.close();
});

type Body = Record<string, unknown>;
const bodyOf = (one: Image): Body => JSON.parse(one.manifest.toString()) as Body;
const changed = (one: Image, change: Body): Buffer => Buffer.from(JSON.stringify({ ...bodyOf(one), ...change }));
const plain = (one: Image): NewManifest => ({ manifest: one.manifest, mediaType: one.mediaType });
const oci = (manifest: Buffer): NewManifest => ({ manifest, mediaType: mediaTypes.ociManifest });
const index = (manifest: Buffer): NewManifest => ({ manifest, mediaType: mediaTypes.ociIndex });

const sha512 = `sha512:${createHash('sha512').update(image.manifest).digest('hex')}`;
const config = bodyOf(image)['config'] as Body;
const child = { mediaType: image.mediaType, digest: image.digest, size: image.manifest.length };
const lying = { ...child, size: child.size + 1 };
const deep = Buffer.from(`{"mediaType":"${mediaTypes.ociManifest}","a":${'['.repeat(70)}${']'.repeat(70)}}`);
const schema1 = Buffer.from('{"schemaVersion":1,"name":"a","tag":"b","fsLayers":[],"history":[]}');

const unreadable = '405 UNSUPPORTED / InvalidParameterException';
const layersMissing = '404 BLOB_UPLOAD_UNKNOWN / LayersNotFoundException';
const childrenMissing = '404 MANIFEST_BLOB_UNKNOWN / ReferencedImagesNotFoundException';
const otherDigest = '400 DIGEST_INVALID / ImageDigestDoesNotMatchException';
const syntax = "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'";

interface Rule extends NewManifest {
  /** The refusal of the OCI front, and that of the AWS API. */
  readonly as: string;
  readonly words?: string;
}

/** `image` is in the repository; nothing else is. */
const rules: [string, Rule][] = [
  ['layers that are nowhere', { ...plain(stranger), as: layersMissing, words: stranger.layers[1]?.digest ?? '' }],
  ['layers of another repository', { ...plain(neighbour), as: layersMissing }],
  [
    'a config that is nowhere',
    { ...oci(changed(image, { config: { ...config, digest: digestOf('x') } })), as: layersMissing },
  ],
  [
    'children that are nowhere',
    { ...plain(makeIndex([image, stranger])), as: childrenMissing, words: stranger.digest },
  ],
  ['children of another repository', { ...plain(makeIndex([neighbour])), as: childrenMissing }],
  [
    'a child by a digest that it was not pushed by',
    { ...plain(makeIndex([{ ...image, digest: sha512 }])), as: childrenMissing },
  ],
  [
    'a layer in place of a child',
    { ...plain(makeIndex([{ ...image, digest: image.layers[0]?.digest ?? '' }])), as: childrenMissing },
  ],
  [
    'an image in place of a layer',
    { ...oci(changed(image, { layers: [child] })), as: layersMissing, words: image.digest },
  ],
  ['another digest', { ...plain(image), digest: digestOf('other'), as: otherDigest }],
  ['another digest by sha512', { ...plain(image), digest: `sha512:${'0'.repeat(128)}`, as: otherDigest }],
  ['another digest beside a tag', { ...plain(image), digest: digestOf('other'), tag: 'new', as: otherDigest }],
  ['a config of another size', { ...oci(changed(image, { config: { ...config, size: 1 } })), as: unreadable }],
  ['a child of another size', { ...index(changed(makeIndex([image]), { manifests: [lying] })), as: unreadable }],
  ['a media type that contradicts', { ...index(image.manifest), as: unreadable, words: syntax }],
  [
    'an image that calls itself an index',
    { ...index(changed(image, { mediaType: mediaTypes.ociIndex })), as: unreadable },
  ],
  [
    'an index that calls itself an image',
    { ...oci(changed(makeIndex([image]), { mediaType: mediaTypes.ociManifest })), as: unreadable },
  ],
  ['layers and children in one', { ...oci(changed(image, { manifests: [] })), as: unreadable, words: syntax }],
  [
    'no media type at all',
    { manifest: changed(image, { mediaType: undefined }), mediaType: undefined, as: unreadable, words: syntax },
  ],
  [
    'a media type that nobody knows',
    {
      manifest: changed(image, { mediaType: 'a/b' }),
      mediaType: 'a/b',
      as: unreadable,
      words: 'Unsupported manifest type: "a/b"',
    },
  ],
  [
    'Docker schema 1',
    {
      manifest: schema1,
      mediaType: 'application/vnd.docker.distribution.manifest.v1+json',
      as: unreadable,
      words: 'Unsupported manifest type',
    },
  ],
  [
    'Docker schema 1, signed',
    { manifest: schema1, mediaType: undefined, as: unreadable, words: 'Unsupported manifest type' },
  ],
  ['what is no JSON', { ...oci(Buffer.from('{')), as: unreadable, words: syntax }],
  ['JSON that is no object', { ...oci(Buffer.from('[]')), as: unreadable, words: syntax }],
  ['a byte order mark', { ...oci(Buffer.from(`\u{feff}${image.manifest.toString()}`)), as: unreadable, words: syntax }],
  ['a nest of brackets', { ...oci(deep), as: unreadable, words: syntax }],
  [
    'a digest of no known algorithm',
    { ...oci(changed(image, { config: { ...config, digest: `md5:${'0'.repeat(32)}` } })), as: unreadable },
  ],
  [
    'a digest in capitals',
    { ...oci(changed(image, { config: { ...config, digest: `sha256:${'A'.repeat(64)}` } })), as: unreadable },
  ],
  ['a size below zero', { ...oci(changed(image, { config: { ...config, size: -1 } })), as: unreadable }],
  [
    'a subject that is no descriptor',
    { ...oci(changed(image, { subject: image.digest })), as: unreadable, words: syntax },
  ],
  [
    'one byte more than the greatest length',
    {
      ...oci(Buffer.from(image.manifest.toString().padEnd(4_194_305, ' '))),
      as: '413 SIZE_INVALID / InvalidParameterException',
    },
  ],
  [
    'more bytes than the greatest length in fewer characters',
    {
      ...oci(changed(image, { annotations: { a: '→'.repeat(1_400_000) } })),
      as: '413 SIZE_INVALID / InvalidParameterException',
    },
  ],
  [
    'a tag with a sign that tags do not have',
    { ...plain(image), tag: 'a+b', as: '400 TAG_INVALID / InvalidParameterException' },
  ],
  ['a tag that begins with a dot', { ...plain(image), tag: '.a', as: '400 TAG_INVALID / InvalidParameterException' }],
  [
    'a tag of 129 characters',
    { ...plain(image), tag: 'a'.repeat(129), as: '400 TAG_INVALID / InvalidParameterException' },
  ],
];

test.each(onEach(rules))('refused: %s, by %s', async (_what, front, { as, words = '', ...manifest }) => {
  const name = await newRepository(app);
  await pushImage(fronts.OCI, name, image);
  const refused = await refusal(fronts[front].putManifest(name, manifest));
  expect(refused?.code).toBe(as.split(' / ')[frontNames.indexOf(front)]);
  expect(refused?.message).toContain(words);
  const { imageIds } = await app.ecr().send(new ListImagesCommand({ repositoryName: name }));
  expect(imageIds).toEqual([{ imageDigest: image.digest }]);
});

test.each(rules.filter(([, rule]) => rule.words !== undefined))(
  '%s: both fronts use the same words',
  async (_what, rule) => {
    const name = await newRepository(app);
    await pushImage(fronts.OCI, name, image);
    const { message = '' } = (await refusal(fronts.OCI.putManifest(name, rule))) ?? {};
    expect(message).toContain(rule.words);
    expect(await refusal(fronts.JSON.putManifest(name, rule))).toMatchObject({ message });
  },
);

test('refused: a repository that is not there, by each front with the same words', async () => {
  const asked = frontNames.map(async (front) => await refusal(fronts[front].putManifest('nowhere', plain(image))));
  const message = "The repository with name 'nowhere' does not exist in the registry with id '123456789012'";
  expect(await Promise.all(asked)).toEqual([
    { code: '404 NAME_UNKNOWN', message },
    { code: 'RepositoryNotFoundException', message },
  ]);
});

test('refused: text that is not Unicode, by each front', async () => {
  const name = await newRepository(app);
  await pushImage(fronts.OCI, name, image);
  const manifest = Buffer.from(
    changed(image, { annotations: { title: '@' } })
      .toString('latin1')
      .replace('@', '\xff'),
    'latin1',
  );
  expect(await refusal(fronts.OCI.putManifest(name, oci(manifest)))).toEqual({
    code: '405 UNSUPPORTED',
    message: syntax,
  });
  // half of a pair of surrogates has no bytes of its own: what would be stored is not what was sent
  const text = changed(image, { annotations: { title: '@' } })
    .toString()
    .replace('@', '\ud83d');
  const lone = { toString: () => text } as Buffer;
  expect(await refusal(fronts.JSON.putManifest(name, oci(lone)))).toEqual({
    code: 'InvalidParameterException',
    message: syntax,
  });
});
