import {
  DeleteRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ListImagesCommand,
  type ImageIdentifier,
} from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type RunningApp } from '../support/app.ts';
import { seededImage, type Image } from '../support/images.ts';

let app: RunningApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(async () => {
  await app.close();
});

const create = async (...names: string[]): Promise<void> => {
  await app.createRepositories(names);
};

let made = 0;

const first = seededImage('first');
const second = seededImage('second');
const bare = seededImage('bare');
const third = seededImage('third');

/** Two tags on the first image, one on the second, an image without a tag, one on the last. */
async function filled(): Promise<string> {
  const name = `lists/${made++}`;
  await create(name);
  await app.registry.pushImage(name, first, 'a');
  await app.registry.pushImage(name, first, 'b');
  await app.registry.pushImage(name, second, 'c');
  await app.registry.pushImage(name, bare);
  await app.registry.pushImage(name, third, 'd');
  return name;
}

interface Page<T> {
  readonly entries: readonly T[];
  readonly next: string | undefined;
}

/** Goes through a list, one page after another; `between` runs after each page. */
async function walk<T>(
  turn: (next: string | undefined) => Promise<Page<T>>,
  between: (pages: number) => Promise<void> = async () => undefined,
): Promise<T[][]> {
  const pages: T[][] = [];
  let next: string | undefined;
  do {
    const page = await turn(next);
    pages.push([...page.entries]);
    next = page.next;
    if (pages.length > 50) throw new Error('the list does not end');
    await between(pages.length);
  } while (next !== undefined);
  return pages;
}

type Filter = ConstructorParameters<typeof ListImagesCommand>[0]['filter'];

const listImages =
  (repositoryName: string, filter?: Filter, maxResults = 1) =>
  async (nextToken: string | undefined): Promise<Page<ImageIdentifier>> => {
    const answer = await app
      .ecr()
      .send(new ListImagesCommand({ repositoryName, maxResults, nextToken, ...(filter && { filter }) }));
    return { entries: answer.imageIds ?? [], next: answer.nextToken };
  };

const describeImages =
  (repositoryName: string, filter?: Filter, maxResults = 1) =>
  async (nextToken: string | undefined): Promise<Page<string | undefined>> => {
    const answer = await app
      .ecr()
      .send(new DescribeImagesCommand({ repositoryName, maxResults, nextToken, ...(filter && { filter }) }));
    return { entries: (answer.imageDetails ?? []).map((one) => one.imageDigest), next: answer.nextToken };
  };

/** A list of the OCI front, which leads on by its Link header. */
const follow =
  (path: string, member: 'tags' | 'repositories') =>
  async (next: string | undefined): Promise<Page<string>> => {
    const response = await app.registry.send('GET', next ?? path);
    expect(response.status).toBe(200);
    const body = (await response.json()) as Record<string, string[]>;
    const link = response.headers.get('link');
    const target = link === null ? undefined : /^<([^>]+)>; rel="next"$/.exec(link)?.[1];
    if (link !== null) expect(target).toMatch(`${app.url}/v2/`);
    return { entries: body[member] ?? [], next: target };
  };

const pair = (image: Image, imageTag?: string): ImageIdentifier =>
  imageTag === undefined ? { imageDigest: image.digest } : { imageDigest: image.digest, imageTag };

const all = [pair(first, 'a'), pair(first, 'b'), pair(second, 'c'), pair(bare), pair(third, 'd')];
const digests = [first, second, bare, third].map((image) => image.digest);

describe('one entry a page', () => {
  test('ListImages gives every digest and tag once, none without a next page after the last', async () => {
    const name = await filled();
    expect(await walk(listImages(name))).toEqual(all.map((id) => [id]));
  });

  test('DescribeImages gives every digest once', async () => {
    const name = await filled();
    expect(await walk(describeImages(name))).toEqual(digests.map((digest) => [digest]));
  });

  test('DescribeRepositories gives every name once, in order', async () => {
    const region = 'us-west-1';
    const names = ['z', 'a/b', 'a-b', 'a0', 'm'].map((name) => `page/${name}`);
    await app.createRepositories(names, { region });
    const pages = await walk(async (nextToken) => {
      const answer = await app.ecr({ region }).send(new DescribeRepositoriesCommand({ maxResults: 1, nextToken }));
      return { entries: (answer.repositories ?? []).map((one) => one.repositoryName), next: answer.nextToken };
    });
    expect(pages).toEqual(names.toSorted().map((name) => [name]));
  });

  test('tags/list gives every tag once', async () => {
    const name = await filled();
    const pages = await walk(follow(`/v2/${name}/tags/list?n=1`, 'tags'));
    expect(pages).toEqual([['a'], ['b'], ['c'], ['d']]);
  });

  test('_catalog gives every repository once', async () => {
    await filled();
    const pages = await walk(follow('/v2/_catalog?n=1', 'repositories'));
    expect(pages.every((page) => page.length === 1)).toBe(true);
    const whole = await walk(follow('/v2/_catalog', 'repositories'));
    expect(pages.flat()).toEqual(whole.flat());
    expect(whole.flat()).toEqual(whole.flat().toSorted());
  });
});

describe('while images are pushed and deleted', () => {
  const late = (n: number): Image => seededImage(`late ${n}`);

  test('ListImages still gives what was there all the time once', async () => {
    const name = await filled();
    const pages = await walk(listImages(name), async (n) => {
      if (n === 2) await app.registry.send('DELETE', `/v2/${name}/manifests/a`);
      if (n <= 3) await app.registry.pushImage(name, late(n), `0-${n}`);
    });
    const seen = pages.flat().map((id) => `${id.imageDigest} ${id.imageTag}`);
    expect(new Set(seen).size).toBe(seen.length);
    expect(pages.flat()).toEqual(expect.arrayContaining(all));
  });

  test('DescribeImages still gives what was there all the time once', async () => {
    const name = await filled();
    const pages = await walk(describeImages(name), async (n) => {
      if (n <= 3) await app.registry.pushImage(name, late(n), `0-${n}`);
    });
    expect(pages.flat().slice(0, digests.length)).toEqual(digests);
    expect(new Set(pages.flat()).size).toBe(pages.flat().length);
  });

  test('tags/list goes on although the tag that it stands at is gone', async () => {
    const name = await filled();
    const pages = await walk(follow(`/v2/${name}/tags/list?n=2`, 'tags'), async (n) => {
      if (n === 1) await app.registry.send('DELETE', `/v2/${name}/manifests/b`);
    });
    expect(pages).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  test('DescribeRepositories goes on although the repository that it stands at is gone', async () => {
    const region = 'us-east-2';
    const place = { region };
    await app.createRepositories(['r1', 'r2', 'r3'], place);
    const client = app.ecr({ region });
    const page = await client.send(new DescribeRepositoriesCommand({ maxResults: 2 }));
    await client.send(new DeleteRepositoryCommand({ repositoryName: 'r2' }));
    const rest = await client.send(new DescribeRepositoriesCommand({ maxResults: 2, nextToken: page.nextToken }));
    expect(rest.repositories?.map((one) => one.repositoryName)).toEqual(['r3']);
    expect(rest.nextToken).toBeUndefined();
  });
});

describe('a nextToken', () => {
  const refusal = { name: 'InvalidParameterException', message: expect.stringContaining('NextToken') };

  test.each(['made-up', 'a.b', '....', 'MQ.AAAAAAAAAAAAAAAAAAAA', 'x'.repeat(2000)])(
    'that is made up (%#) is refused',
    async (token) => {
      const name = await filled();
      await expect(listImages(name)(token)).rejects.toMatchObject(refusal);
      await expect(describeImages(name)(token)).rejects.toMatchObject(refusal);
      const repositories = app.ecr().send(new DescribeRepositoriesCommand({ nextToken: token }));
      await expect(repositories).rejects.toMatchObject(refusal);
    },
  );

  test('of another list is refused', async () => {
    const [name, elsewhere] = [await filled(), await filled()];
    const { next } = await listImages(name)(undefined);
    expect(next).toBeDefined();
    await expect(listImages(elsewhere)(next)).rejects.toMatchObject(refusal);
    await expect(describeImages(name)(next)).rejects.toMatchObject(refusal);
    await expect(listImages(name, { tagStatus: 'TAGGED' })(next)).rejects.toMatchObject(refusal);
  });

  test('is still good after a restart', async () => {
    const name = await filled();
    const { next } = await listImages(name)(undefined);
    await app.restart();
    expect((await listImages(name)(next)).entries).toEqual([all[1]]);
  });
});

describe('filters', () => {
  const untagged = [pair(bare)];
  const tagged = all.filter((id) => id.imageTag !== undefined);

  test.each([
    [{ tagStatus: 'TAGGED' }, tagged, [first, second, third]],
    [{ tagStatus: 'UNTAGGED' }, untagged, [bare]],
    [{ tagStatus: 'ANY' }, all, [first, second, bare, third]],
    [{ imageStatus: 'ACTIVE' }, all, [first, second, bare, third]],
    [{ imageStatus: 'ANY' }, all, [first, second, bare, third]],
    [{ imageStatus: 'ARCHIVED' }, [], []],
    [{ imageStatus: 'ACTIVATING' }, [], []],
    [{ tagStatus: 'UNTAGGED', imageStatus: 'ACTIVE' }, untagged, [bare]],
  ] as const)('%j show what they say, whatever the size of a page', async (filter, ids, images) => {
    const name = await filled();
    for (const size of [1, 2, 100]) {
      expect((await walk(listImages(name, filter, size))).flat()).toEqual(ids);
      const described = (await walk(describeImages(name, filter, size))).flat();
      expect(described).toEqual(images.map((image) => image.digest));
    }
  });
});

test('tags are listed in the order of their bytes', async () => {
  await create('lists/order');
  for (const tag of ['b', 'B', '_', '10', '9', 'a.b', 'a-b', 'a'])
    await app.registry.pushImage('lists/order', first, tag);
  const pages = await walk(follow('/v2/lists/order/tags/list', 'tags'));
  expect(pages).toEqual([['10', '9', 'B', '_', 'a', 'a-b', 'a.b', 'b']]);
});

test('`last` may be a tag that does not exist', async () => {
  const name = await filled();
  const response = await app.registry.send('GET', `/v2/${name}/tags/list?last=bb`);
  expect(await response.json()).toEqual({ name, tags: ['c', 'd'] });
});

test('a repository without tags has an empty list of them, one that does not exist is unknown', async () => {
  await create('lists/empty');
  const empty = await app.registry.send('GET', '/v2/lists/empty/tags/list');
  expect(await empty.json()).toEqual({ name: 'lists/empty', tags: [] });
  const missing = await app.registry.send('GET', '/v2/lists/missing/tags/list');
  expect(missing.status).toBe(404);
  expect(await missing.json()).toMatchObject({ errors: [{ code: 'NAME_UNKNOWN' }] });
});

test.each([
  ['1001', 'Member must have value less than or equal to 1000'],
  ['0', 'Member must have value greater than or equal to 1'],
  ['many', 'Member must be an integer'],
])('n=%s is refused in the words of the service', async (n, constraint) => {
  const name = await filled();
  for (const path of [`/v2/${name}/tags/list?n=${n}`, `/v2/_catalog?n=${n}`]) {
    const response = await app.registry.send('GET', path);
    expect(response.status).toBe(405);
    const message = `Invalid parameter at 'maxResults' failed to satisfy constraint: '${constraint}'`;
    expect(await response.json()).toEqual({ errors: [{ code: 'UNSUPPORTED', message }] });
  }
});

test('images that are named are not paged', async () => {
  const name = await filled();
  const command = new DescribeImagesCommand({ repositoryName: name, imageIds: [{ imageTag: 'a' }], maxResults: 1 });
  await expect(app.ecr().send(command)).rejects.toMatchObject({ name: 'InvalidParameterException' });
});
