/** The four modes of mutability with their filters: rule × set by × tried by. */
import { PutImageTagMutabilityCommand, type ImageTagMutability } from '@aws-sdk/client-ecr';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type RunningApp } from '../../support/app.ts';
import { seededImage } from '../../support/images.ts';
import { frontNames, type FrontName } from './front.ts';
import { newRepository, openFronts, pairs, pushImage, putTag, refusal, type Fronts } from './fronts.ts';

let app: RunningApp;
let fronts: Fronts;

const first = seededImage('first', 1, 400);
const second = seededImage('second', 1, 400);

beforeAll(async () => {
  app = await startApp();
  fronts = openFronts(app);
});

afterAll(async () => {
  await app.close();
});

interface Mode {
  readonly imageTagMutability: ImageTagMutability;
  readonly imageTagMutabilityExclusionFilters?: { filterType: 'WILDCARD'; filter: string }[];
}

const mode = (imageTagMutability: ImageTagMutability, ...filters: string[]): Mode =>
  filters.length === 0
    ? { imageTagMutability }
    : {
        imageTagMutability,
        imageTagMutabilityExclusionFilters: filters.map((filter) => ({ filterType: 'WILDCARD', filter })),
      };

type Rule = [Mode, string, 'moves' | 'stays'];

/** Mode, tag that is there, and whether it may be moved. */
const rules: Rule[] = [
  [mode('MUTABLE'), 'v1', 'moves'],
  [mode('IMMUTABLE'), 'v1', 'stays'],
  [mode('IMMUTABLE_WITH_EXCLUSION', 'dev*'), 'v1', 'stays'],
  [mode('IMMUTABLE_WITH_EXCLUSION', 'dev*'), 'dev-7', 'moves'],
  [mode('MUTABLE_WITH_EXCLUSION', 'v*', 'release'), 'latest', 'moves'],
  [mode('MUTABLE_WITH_EXCLUSION', 'v*', 'release'), 'v1', 'stays'],
];

/** A filter has to match the whole tag, capitals as they are. */
const filtered: Rule[] = [
  [mode('IMMUTABLE_WITH_EXCLUSION', 'dev*'), 'dev', 'moves'],
  [mode('IMMUTABLE_WITH_EXCLUSION', 'dev*'), 'my-dev', 'stays'],
  [mode('IMMUTABLE_WITH_EXCLUSION', 'dev*'), 'Dev', 'stays'],
  [mode('IMMUTABLE_WITH_EXCLUSION', 'dev'), 'dev-7', 'stays'],
  [mode('IMMUTABLE_WITH_EXCLUSION', 'v1.0'), 'v1x0', 'stays'],
  [mode('IMMUTABLE_WITH_EXCLUSION', 'v*-rc*'), 'v1.2-rc3', 'moves'],
  [mode('IMMUTABLE_WITH_EXCLUSION', 'v*-rc*'), 'v1.2', 'stays'],
  [mode('IMMUTABLE_WITH_EXCLUSION', 'a', 'b', 'c', 'd', '*-e'), 'x-e', 'moves'],
  [mode('IMMUTABLE_WITH_EXCLUSION', '*'), 'v1', 'moves'],
  [mode('MUTABLE_WITH_EXCLUSION', 'v*', 'release'), 'release', 'stays'],
  [mode('MUTABLE_WITH_EXCLUSION', 'v*', 'release'), 'release-1', 'moves'],
];

const named = (list: readonly Rule[]) =>
  list.map(([settings, tag, fate]) => {
    const filters = settings.imageTagMutabilityExclusionFilters?.map(({ filter }) => filter).join(' ') ?? 'nothing';
    return [`${settings.imageTagMutability} but ${filters}, the tag ${tag} ${fate}`, { settings, tag, fate }] as const;
  });

const refusalOf = (tag: string, name: string) => ({
  OCI: {
    code: '400 TAG_INVALID',
    message: `The image tag '${tag}' already exists in the '${name}' repository and cannot be overwritten because the tag is immutable.`,
  },
  JSON: {
    code: 'ImageTagAlreadyExistsException',
    message: `The image tag '${tag}' already exists in the '${name}' repository and cannot be overwritten because the tag is immutable.`,
  },
});

/** Pushes by digest with `?tag=`. */
async function putByDigest(name: string, tag: string): Promise<number> {
  const headers = { authorization: app.authorization, 'content-type': second.mediaType };
  const path = `/v2/${name}/manifests/${second.digest}?tag=free&tag=${tag}`;
  return (await app.ask('PUT', path, headers, second.manifest)).status;
}

describe.each(named([...rules, ...filtered]))('%s', (_name, { settings, tag, fate }) => {
  const moves = fate === 'moves';
  const expected = moves ? second : first;

  test.each(pairs)('set by %s, tried by %s', async (writer, mover) => {
    const name = await newRepository(app, settings);
    await pushImage(fronts[writer], name, first, tag);
    await pushImage(fronts[writer], name, second);
    const refused = await refusal(putTag(fronts[mover], name, second, tag));
    expect(refused).toEqual(moves ? undefined : refusalOf(tag, name)[mover]);
    for (const front of frontNames) {
      expect((await fronts[front].readManifest(name, tag)).digest).toBe(expected.digest);
    }
  });
});

describe.each(named(rules))('%s', (_name, { settings, tag, fate }) => {
  const moves = fate === 'moves';

  test.each(frontNames)('set by %s, tried together with another tag', async (writer) => {
    const name = await newRepository(app, settings);
    await pushImage(fronts[writer], name, first, tag);
    await pushImage(fronts[writer], name, second);
    expect(await putByDigest(name, tag)).toBe(moves ? 201 : 400);
    for (const front of frontNames) {
      expect(await fronts[front].tags(name)).toEqual((moves ? ['free', tag] : [tag]).toSorted());
    }
  });

  test.each(pairs)('the same image again: set by %s, tried by %s', async (writer, again) => {
    const name = await newRepository(app, settings);
    await pushImage(fronts[writer], name, first, tag);
    const refused = (await refusal(putTag(fronts[again], name, first, tag)))?.code;
    expect(refused).toBe({ OCI: moves ? undefined : '400 TAG_INVALID', JSON: 'ImageAlreadyExistsException' }[again]);
  });

  test.each(pairs)('deleted by %s, set anew by %s', async (remover, writer) => {
    const name = await newRepository(app, settings);
    await pushImage(fronts[writer], name, first, tag);
    await pushImage(fronts[writer], name, second);
    await fronts[remover].remove(name, tag);
    expect(await refusal(putTag(fronts[writer], name, second, tag))).toBeUndefined();
    expect((await fronts[remover].readManifest(name, tag)).digest).toBe(second.digest);
  });
});

/** What an immutable repository takes all the same. */
const open: [string, (front: FrontName, name: string) => Promise<unknown>][] = [
  ['a new tag of an image that is there', async (front, name) => await putTag(fronts[front], name, first, 'v2')],
  ['a new tag of a new image', async (front, name) => await pushImage(fronts[front], name, second, 'v2')],
  ['a new image without a tag', async (front, name) => await pushImage(fronts[front], name, second)],
  ['a deletion by tag', async (front, name) => await fronts[front].remove(name, 'v1')],
  ['a deletion by digest', async (front, name) => await fronts[front].remove(name, first.digest)],
];

test.each(open.flatMap(([name, act]) => pairs.map((pair) => [name, ...pair, act] as const)))(
  'IMMUTABLE takes %s: set by %s, tried by %s',
  async (_what, writer, actor, act) => {
    const name = await newRepository(app, mode('IMMUTABLE'));
    await pushImage(fronts[writer], name, first, 'v1');
    expect(await refusal(act(actor, name))).toBeUndefined();
  },
);

test.each(pairs)(
  'the same bytes by another algorithm are another image: set by %s, tried by %s',
  async (writer, mover) => {
    const name = await newRepository(app, mode('IMMUTABLE'));
    await pushImage(fronts[writer], name, first, 'v1');
    const digest = `sha512:${createHash('sha512').update(first.manifest).digest('hex')}`;
    const { manifest, mediaType } = first;
    const refused = await refusal(fronts[mover].putManifest(name, { manifest, mediaType, tag: 'v1', digest }));
    expect(refused).toEqual(refusalOf('v1', name)[mover]);
    // all or nothing: the image is not there without its tag either
    expect(await refusal(fronts[writer].readManifest(name, digest))).toBeDefined();
  },
);

test.each(pairs)('a change of the mode holds at once: set by %s, tried by %s', async (writer, mover) => {
  const repositoryName = await newRepository(app);
  const change = async (to: Mode) => await app.ecr().send(new PutImageTagMutabilityCommand({ repositoryName, ...to }));
  await pushImage(fronts[writer], repositoryName, first, 'v1');
  await pushImage(fronts[writer], repositoryName, second);
  const tries: [Mode, boolean][] = [
    [mode('IMMUTABLE'), false],
    [mode('IMMUTABLE_WITH_EXCLUSION', 'v*'), true],
    [mode('MUTABLE_WITH_EXCLUSION', 'v*'), false],
    [mode('MUTABLE'), true],
  ];
  for (const [to, moves] of tries) {
    await change(to);
    const held = await fronts[writer].readManifest(repositoryName, 'v1');
    const other = held.digest === first.digest ? second : first;
    const refused = await refusal(putTag(fronts[mover], repositoryName, other, 'v1'));
    expect(refused).toEqual(moves ? undefined : refusalOf('v1', repositoryName)[mover]);
  }
});

test.each(pairs)('of two pushes at once to an immutable tag one is refused: by %s and by %s', async (one, other) => {
  for (let round = 0; round < 5; round++) {
    const name = await newRepository(app, mode('IMMUTABLE'));
    await pushImage(fronts.OCI, name, first);
    await pushImage(fronts.OCI, name, second);
    const tried = await Promise.all([
      refusal(putTag(fronts[one], name, first, 'v1')),
      refusal(putTag(fronts[other], name, second, 'v1')),
    ]);
    expect(tried.filter((refused) => refused === undefined)).toHaveLength(1);
    const [winner, loser] = tried[0] === undefined ? [first, other] : [second, one];
    expect(tried.find((refused) => refused !== undefined)).toEqual(refusalOf('v1', name)[loser]);
    expect((await fronts[one].readManifest(name, 'v1')).digest).toBe(winner.digest);
  }
});
