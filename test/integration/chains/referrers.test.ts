/** Referrers: rule × written by × read by. */
import { DescribeImagesCommand } from '@aws-sdk/client-ecr';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type RunningApp } from '../../support/app.ts';
import { describeImage, makeArtifact, makeIndex, mediaTypes, seededImage, type Image } from '../../support/images.ts';
import { frontNames, type Referrer } from './front.ts';
import { chained, newRepository, openFronts, pairs, pushImage, putTag, refusal, type Fronts } from './fronts.ts';

let app: RunningApp;
let fronts: Fronts;

beforeAll(async () => {
  app = await startApp();
  fronts = openFronts(app);
});

afterAll(async () => {
  await app.close();
});

/** The same image about another. */
function about(subject: Image, image: Image, change: Record<string, unknown> = {}): Image {
  const { mediaType, digest, size } = describeImage(subject);
  const body = JSON.parse(image.manifest.toString()) as Record<string, unknown>;
  const manifest = Buffer.from(JSON.stringify({ ...body, ...change, subject: { mediaType, digest, size } }));
  return { ...image, manifest, digest: `sha256:${createHash('sha256').update(manifest).digest('hex')}` };
}

const bySha512 = (image: Image): Image => ({
  ...image,
  digest: `sha512:${createHash('sha512').update(image.manifest).digest('hex')}`,
});

const sbom = 'application/vnd.example.sbom';
const signature = 'application/vnd.example.signature';
const image = seededImage('subject', 1, 400);
const index = makeIndex([image]);
const annotations = { title: 'a → b', 'org.example/one': '1' };
const artifact = makeArtifact(sbom, Buffer.from('[]'), annotations);

/** What a list says of a referrer. */
const entryOf = (one: Image, artifactType: string | undefined, with_: Record<string, string> = {}): Referrer => ({
  digest: one.digest,
  mediaType: one.mediaType,
  artifactType,
  size: one.manifest.length,
  annotations: with_,
});

interface Rule {
  readonly subject: Image;
  /** Whether the subject is pushed, and when. */
  readonly pushed: 'before' | 'after' | 'never';
  readonly referrer: Image;
  readonly entry: Referrer;
}

function rule(subject: Image, pushed: Rule['pushed'], referrer: Image, artifactType?: string, with_ = {}): Rule {
  return { subject, pushed, referrer, entry: entryOf(referrer, artifactType, with_) };
}

const overImage = about(image, artifact);
const plain = about(image, seededImage('plain', 1, 300));
const typedIndex = about(image, index, { artifactType: signature, annotations });
const untypedIndex = about(image, index);

const rules: [string, Rule][] = [
  ['an artifact about an image', rule(image, 'before', overImage, sbom, annotations)],
  ['an artifact whose subject comes later', rule(image, 'after', overImage, sbom, annotations)],
  ['an artifact whose subject never comes', rule(image, 'never', overImage, sbom, annotations)],
  ['an artifact about an index', rule(index, 'before', about(index, artifact), sbom, annotations)],
  ['an artifact about an artifact', rule(overImage, 'before', about(overImage, artifact), sbom, annotations)],
  ['an image without an artifact type', rule(image, 'before', plain, mediaTypes.ociConfig)],
  ['an index with an artifact type', rule(image, 'before', typedIndex, signature, annotations)],
  ['an index without one', rule(image, 'before', untypedIndex)],
  ['a subject by sha512', rule(bySha512(image), 'before', about(bySha512(image), artifact), sbom, annotations)],
  ['a referrer by sha512', rule(image, 'never', bySha512(overImage), sbom, annotations)],
  [
    'annotations that are not all text',
    rule(image, 'never', about(image, artifact, { annotations: { a: 'b', c: 1 } }), sbom, { a: 'b' }),
  ],
];

test.each(chained(rules))(
  '%s: written by %s, read by %s',
  async (_rule, writer, reader, { subject, pushed, referrer, entry }) => {
    const name = await newRepository(app);
    if (pushed === 'before') await pushImage(fronts[writer], name, subject);
    await pushImage(fronts[writer], name, referrer);
    if (pushed === 'after') await pushImage(fronts[writer], name, subject);
    const { digest } = subject;
    expect(await fronts[reader].referrers(name, digest)).toEqual([entry]);
    const { artifactType = 'none' } = entry;
    expect(await fronts[reader].referrers(name, digest, artifactType)).toEqual(artifactType === 'none' ? [] : [entry]);
    expect(await fronts[reader].referrers(name, digest, 'application/vnd.example.other')).toEqual([]);
    expect(await fronts[reader].referrers(name, referrer.digest)).toEqual([]);
    const command = new DescribeImagesCommand({ repositoryName: name, imageIds: [{ imageDigest: referrer.digest }] });
    expect((await app.ecr().send(command)).imageDetails?.[0]?.subjectManifestDigest).toBe(digest);
  },
);

describe.each(pairs)('written by %s, read by %s', (writer, reader) => {
  test('many are listed in the order of their push, over every page', async () => {
    const name = await newRepository(app);
    const many = Array.from({ length: 45 }, (_, number) =>
      about(image, artifact, {
        artifactType: number % 2 === 0 ? sbom : signature,
        annotations: { number: String(number) },
      }),
    );
    for (const one of many) await pushImage(fronts[writer], name, one);
    const listed = await fronts[reader].referrers(name, image.digest);
    expect(listed.map(({ digest }) => digest)).toEqual(many.map(({ digest }) => digest));
    const filtered = await fronts[reader].referrers(name, image.digest, signature);
    expect(filtered.map(({ annotations: { number } }) => Number(number))).toEqual(
      Array.from({ length: 22 }, (_, half) => 2 * half + 1),
    );
  });

  test('one that is pushed twice and has two tags is listed once', async () => {
    const name = await newRepository(app);
    await pushImage(fronts[writer], name, overImage, 'one');
    await putTag(fronts[writer], name, overImage, 'two');
    expect(await fronts[reader].referrers(name, image.digest)).toHaveLength(1);
  });

  test('another repository with the same subject has none', async () => {
    const [name, other] = [await newRepository(app), await newRepository(app)];
    await pushImage(fronts[writer], name, overImage);
    await pushImage(fronts[writer], other, image);
    expect(await fronts[reader].referrers(other, image.digest)).toEqual([]);
  });

  test('a subject can be deleted, and its referrers stay and are told', async () => {
    const name = await newRepository(app);
    await pushImage(fronts[writer], name, image, 'latest');
    await pushImage(fronts[writer], name, overImage);
    await fronts[reader].remove(name, 'latest');
    const listed = await fronts[reader].referrers(name, image.digest);
    expect(listed.map(({ digest }) => digest)).toEqual([overImage.digest]);
    expect((await fronts[reader].readManifest(name, overImage.digest)).bytes).toEqual(overImage.manifest);
    await pushImage(fronts[writer], name, image);
    expect(await fronts[reader].referrers(name, image.digest)).toEqual(listed);
  });

  test('a referrer of a deleted subject can be pushed', async () => {
    const name = await newRepository(app);
    await pushImage(fronts[writer], name, image);
    await fronts[reader].remove(name, image.digest);
    await pushImage(fronts[writer], name, overImage);
    expect(await fronts[reader].referrers(name, image.digest)).toHaveLength(1);
  });

  test('a deleted referrer is told no more', async () => {
    const name = await newRepository(app);
    await pushImage(fronts[writer], name, overImage, 'one');
    await pushImage(fronts[writer], name, plain, 'two');
    await fronts[reader].remove(name, 'one');
    expect((await fronts[reader].referrers(name, image.digest)).map(({ digest }) => digest)).toEqual([plain.digest]);
    await fronts[writer].remove(name, plain.digest);
    expect(await fronts[reader].referrers(name, image.digest)).toEqual([]);
  });
});

/** What ECR's own pattern lets pass and nothing can be called is about nothing there; the OCI front takes digests only. */
test.each([
  ['no digest', 'latest', 'InvalidParameterException'],
  ['a digest that is not hexadecimal', 'sha256:zz', 'InvalidParameterException'],
  ['a digest that is too short', 'sha256:12', undefined],
  ['a digest in capitals', `sha256:${'A'.repeat(64)}`, undefined],
  ['a digest of another algorithm', `md5:${'0'.repeat(32)}`, undefined],
])('refused: %s, by OCI and by the pattern of JSON', async (_what, digest, byJson) => {
  const name = await newRepository(app);
  expect((await refusal(fronts.OCI.referrers(name, digest)))?.code).toBe('400 DIGEST_INVALID');
  expect((await refusal(fronts.JSON.referrers(name, digest)))?.code).toBe(byJson);
});

test.each(frontNames)('refused: a repository that is not there, by %s', async (reader) => {
  expect((await refusal(fronts[reader].referrers('nowhere', image.digest)))?.code).toBe(
    { OCI: '404 NAME_UNKNOWN', JSON: 'RepositoryNotFoundException' }[reader],
  );
});
