import {
  BatchDeleteImageCommand,
  CreateRepositoryCommand,
  DescribeRepositoriesCommand,
  ListImagesCommand,
} from '@aws-sdk/client-ecr';
import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { blobOf, type RunningApp } from '../support/app.ts';
import { collect, isReadable, isWhole } from '../support/collector.ts';
import { seededBytes, seededImage } from '../support/images.ts';
import { until } from '../support/process.ts';
import { startTwoNodes, type TwoNodes } from './two-nodes.ts';

const mebi = 1024 * 1024;
const minute = 60_000;
/** Long enough that no collector wakes up in a test, short on the turned clocks. */
/** Every layer is a file, which the nodes share: those in rows are the database's (test/integration/layers-in-rows). */
const limits = { lease: 60 * minute, uploadLife: 90 * minute, deletionGrace: 10 * minute, layerInRow: 0 };

let nodes: TwoNodes;
let first: RunningApp;
let second: RunningApp;

beforeEach(async () => {
  nodes = await startTwoNodes({ limits, repositories: ['team/app', 'team/other'] });
  ({ first, second } = nodes);
});
afterEach(async () => {
  await nodes.close();
});

/** The URL of an upload session at another node. */
const at = ({ url }: RunningApp, session: string): string => new URL(new URL(session).pathname, url).href;

const tagsAt = async ({ registry }: RunningApp): Promise<unknown> =>
  ((await (await registry.send('GET', '/v2/team/app/tags/list')).json()) as { tags: unknown }).tags;

describe('two nodes on one database', () => {
  test('that start at once make one installation', () => {
    expect(first.app.installation.id).toBe(second.app.installation.id);
    expect(first.app.installation.root.checkValue()).toEqual(second.app.installation.root.checkValue());
    expect(first.app.store.node).not.toBe(second.app.store.node);
  });

  test('give at one what was pushed to the other, and see at once what was deleted there', async () => {
    const image = seededImage('shared', 3, 40_000);
    await first.registry.pushImage('team/app', image, 'latest');
    expect(await isWhole(second, 'team/app', image, 'latest')).toBe(true);
    const moved = seededImage('moved', 1);
    await second.registry.pushImage('team/app', moved, 'latest');
    expect(await isWhole(first, 'team/app', moved, 'latest')).toBe(true);
    const imageIds = [{ imageDigest: moved.digest }, { imageDigest: image.digest }];
    await first.ecr().send(new BatchDeleteImageCommand({ repositoryName: 'team/app', imageIds }));
    expect((await second.registry.getManifest('team/app', 'latest')).status).toBe(404);
    const { imageIds: left } = await second.ecr().send(new ListImagesCommand({ repositoryName: 'team/app' }));
    expect(left).toEqual([]);
  });

  test('refuse at once, at both, keys and tokens that one has made void', async () => {
    const before = second.credentials();
    const list = async (node: RunningApp, credentials: typeof before): Promise<unknown> =>
      await node.ecr({ credentials }).send(new DescribeRepositoriesCommand({}));
    // whoever is known at the other node is in its memory now
    await list(second, before);
    expect((await second.registry.send('GET', '/v2/')).status).toBe(200);
    await first.admin('credentials.reset');
    await expect(list(second, before)).rejects.toThrow(/security token|invalid/i);
    expect((await second.registry.send('GET', '/v2/')).status).toBe(401);
    await list(second, first.credentials());
  });

  test('make one repository of a name that is asked for at both', async () => {
    const ask = async (node: RunningApp, repositoryName: string): Promise<string> =>
      await node
        .ecr()
        .send(new CreateRepositoryCommand({ repositoryName }))
        .then(
          () => 'made',
          (error: Error) => error.name,
        );
    for (let count = 0; count < 5; count += 1) {
      const name = `twice/${count}`;
      const answers = await Promise.all([ask(first, name), ask(second, name), ask(first, name), ask(second, name)]);
      expect(answers.toSorted()).toEqual(
        ['made', ...Array.from({ length: 3 }, () => 'RepositoryAlreadyExistsException')].toSorted(),
      );
    }
  });

  test('take the same layers from many clients at once, and keep one file of each', async () => {
    const images = Array.from({ length: 3 }, (_, index) => seededImage(`crowd ${index % 2}`, 2, 30_000));
    const pushes = [first, second, first, second].flatMap((node, client) =>
      images.map((image, index) =>
        node.registry.pushImage(client < 2 ? 'team/app' : 'team/other', image, `t${client}-${index}`),
      ),
    );
    await Promise.all(pushes);
    expect(await tagsAt(first)).toEqual(await tagsAt(second));
    for (const [index, image] of images.entries())
      expect(await isWhole(second, 'team/app', image, `t0-${index}`)).toBe(true);
    first.advance(minute);
    await collect(first);
    const layers = new Set(
      images.flatMap(({ layers: own, config }) => [...own, ...(config ? [config] : [])].map(({ digest }) => digest)),
    );
    expect(await nodes.files()).toHaveLength(layers.size);
  });

  test('collect together what nobody refers to, and nothing else', async () => {
    const kept = seededImage('kept', 2, 5000);
    const gone = seededImage('gone', 2, 5000);
    await first.registry.pushImage('team/app', kept, 'kept');
    await second.registry.pushImage('team/app', gone, 'gone');
    const imageIds = [{ imageDigest: gone.digest }];
    await first.ecr().send(new BatchDeleteImageCommand({ repositoryName: 'team/app', imageIds }));
    for (const wait of [limits.lease + minute, limits.deletionGrace + minute, minute]) {
      first.advance(wait);
      second.advance(wait);
      await Promise.all([collect(first), collect(second), collect(first)]);
    }
    expect(await isWhole(first, 'team/app', kept, 'kept')).toBe(true);
    expect(await isWhole(second, 'team/app', kept, 'kept')).toBe(true);
    expect(await nodes.files()).toHaveLength(3);
  });
});

describe('an upload that changes its node', () => {
  test.each([
    [700, 900, 'within the first segment'],
    [3 * mebi + 700, 2 * mebi + 5, 'over segments'],
    [mebi, mebi, 'at the ends of segments'],
  ])('after %i of its bytes goes on (%i more, %s) and is whole', async (head, rest, _where) => {
    const { bytes, digest, ...blob } = blobOf(seededBytes(`walk ${head}`, head + 2 * rest));
    const session = await first.registry.startUpload('team/app');
    let place = await first.registry.sendChunk(session, bytes.subarray(0, head), 0);
    const status = await second.registry.send('GET', at(second, place));
    expect(status.headers.get('range')).toBe(`0-${head - 1}`);
    place = await second.registry.sendChunk(at(second, place), bytes.subarray(head, head + rest), head);
    place = await first.registry.sendChunk(at(first, place), bytes.subarray(head + rest), head + rest);
    expect((await second.registry.finishUpload(at(second, place), digest)).status).toBe(201);
    expect(await isReadable(first, 'team/app', { ...blob, bytes, digest })).toBe(true);
    first.advance(limits.deletionGrace + minute);
    await collect(first);
    expect(await nodes.files()).toHaveLength(1);
  });

  test('begun by POST at one is streamed to the other', async () => {
    const blob = blobOf(seededBytes('post here', 2 * mebi + 9));
    const session = await first.registry.startUpload('team/app');
    const place = await second.registry.sendChunk(at(second, session), blob.bytes, 0);
    expect((await first.registry.finishUpload(at(first, place), blob.digest)).status).toBe(201);
    expect(await isReadable(second, 'team/app', blob)).toBe(true);
  });

  /** A request of the first node whose body begins and does not end yet. */
  function sendSlowly(method: string, path: string, begin: Buffer): { end: (rest: Buffer) => Promise<number> } {
    const headers = { authorization: first.authorization, 'content-type': 'application/octet-stream' };
    const { hostname, port } = new URL(first.url);
    const slow = request({ hostname, port, path, method, headers });
    const answered = new Promise<number>((resolve, reject) => {
      slow.on('error', reject);
      slow.on('response', (response) => resolve(response.resume().statusCode ?? 0));
    });
    slow.write(begin);
    return {
      end: async (rest) => {
        slow.end(rest);
        return await answered;
      },
    };
  }

  test.each(['PATCH', 'PUT'])(
    'while the first still reads a %s for it, belongs to the second; the first commits nothing',
    async (method) => {
      const head = seededBytes('begin', 2 * mebi + 3);
      const [wrong, right] = [seededBytes('abandoned', 3 * mebi), seededBytes('meant', 3 * mebi + 11)];
      const abandoned = blobOf(Buffer.concat([head, wrong]));
      const meant = blobOf(Buffer.concat([head, right]));
      const session = await first.registry.startUpload('team/app');
      await first.registry.sendChunk(session, head, 0);
      const before = await nodes.size();
      const path = `${new URL(session).pathname}${method === 'PUT' ? `?digest=${abandoned.digest}` : ''}`;
      const slow = sendSlowly(method, path, wrong.subarray(0, mebi));
      // its first segments are in the file before the other node comes
      await until('the first node writes', async () => ((await nodes.size()) > before ? true : undefined));
      const place = await second.registry.sendChunk(at(second, session), right.subarray(0, 2 * mebi), head.length);
      // what it writes now belongs where the other has committed bytes of its own
      expect(await slow.end(wrong.subarray(mebi))).toBe(404);
      const rest = right.subarray(2 * mebi);
      expect((await second.registry.finishUpload(at(second, place), meant.digest, rest)).status).toBe(201);
      for (const wait of [minute, limits.deletionGrace + minute]) {
        second.advance(wait);
        await collect(second);
      }
      expect(await isReadable(first, 'team/app', meant)).toBe(true);
      expect(await isReadable(first, 'team/app', abandoned)).toBe(false);
      expect(await nodes.files()).toHaveLength(1);
    },
  );

  test('that two nodes end at once is one layer, with the bytes of its digest', async () => {
    for (let count = 0; count < 4; count += 1) {
      const blob = blobOf(seededBytes(`end ${count}`, 2 * mebi + count));
      const session = await first.registry.startUpload('team/app');
      const place = await first.registry.sendChunk(session, blob.bytes, 0);
      const ends = await Promise.all([
        first.registry.finishUpload(at(first, place), blob.digest),
        second.registry.finishUpload(at(second, place), blob.digest),
      ]);
      expect(ends.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 404]);
      expect(await isReadable(second, 'team/app', blob)).toBe(true);
    }
  });

  test('begins at one and is known at the other, where it ends for both', async () => {
    const { bytes, digest } = blobOf(seededBytes('known at both', 3000));
    for (const end of ['cancelled', 'finished'] as const) {
      const session = await first.registry.startUpload('team/app');
      expect((await second.registry.send('GET', at(second, session))).status).toBe(204);
      const ended =
        end === 'cancelled'
          ? await second.registry.send('DELETE', at(second, session))
          : await second.registry.finishUpload(at(second, session), digest, bytes);
      expect(ended.status).toBeLessThan(300);
      expect((await first.registry.send('GET', session)).status).toBe(404);
      expect((await first.registry.send('PATCH', session, { body: 'more' })).status).toBe(404);
      expect((await first.registry.finishUpload(session, digest, bytes)).status).toBe(404);
    }
  });

  test.each([3000, 2 * mebi])('takes the first bytes (%i) that come at both at once from one of them', async (size) => {
    for (let round = 0; round < 4; round++) {
      const sent = ['a', 'b'].map((letter) => blobOf(Buffer.alloc(size + round, letter)));
      const session = await first.registry.startUpload('team/app');
      const answers = await Promise.all(
        [first, second].map((node, index) =>
          node.registry.send('PATCH', at(node, session), {
            headers: { 'content-range': `0-${size + round - 1}` },
            body: new Uint8Array(sent[index]?.bytes ?? []),
          }),
        ),
      );
      const won = answers.findIndex(({ status }) => status === 202);
      expect([404, 416]).toContain(answers[1 - won]?.status);
      const digest = sent[won]?.digest ?? '';
      expect((await second.registry.finishUpload(at(second, session), digest)).status).toBe(201);
      expect((await first.registry.send('GET', session)).status).toBe(404);
    }
    first.advance(limits.deletionGrace + minute);
    await collect(first);
    // The bytes that counted, and none of the others.
    expect(await nodes.files()).toHaveLength(4);
  });

  test('may be given up by either, and rests long enough at the one that does not know whether it is fed', async () => {
    const session = await first.registry.startUpload('team/app');
    await first.registry.sendChunk(session, Buffer.from('some'), 0);
    second.advance(limits.uploadLife + minute);
    await collect(second);
    expect((await first.registry.send('GET', session)).status).toBe(204);
    second.advance(limits.uploadLife);
    await collect(second);
    expect((await second.registry.send('GET', at(second, session))).status).toBe(404);
    first.advance(2 * limits.uploadLife + minute);
    const other = await first.registry.startUpload('team/app');
    expect((await second.registry.send('DELETE', at(second, other))).status).toBe(204);
    expect((await first.registry.send('GET', other)).status).toBe(404);
  });
});
