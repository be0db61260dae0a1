/** Uploads that are begun on one front, looked for, carried on and ended on the other. */
import { DeleteRepositoryCommand } from '@aws-sdk/client-ecr';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blobOf, startApp, type RunningApp } from '../../support/app.ts';
import { pass } from '../../support/collector.ts';
import { digestOf, seededBytes } from '../../support/images.ts';
import { frontNames, type FrontName } from './front.ts';
import { newRepository, openFronts, pairs, putLayer, refusal, type Fronts } from './fronts.ts';

const mebi = 1024 * 1024;
const layerSize = 8 * mebi;
/** Short, so that the logins of this file outlive it. */
const uploadLife = 600_000;

let app: RunningApp;
let fronts: Fronts;

beforeAll(async () => {
  app = await startApp({ limits: { layerSize, layerParts: 3, uploadLife } });
  fronts = openFronts(app);
});

afterAll(async () => {
  await app.close();
});

const gone = { OCI: '404 BLOB_UPLOAD_UNKNOWN', JSON: 'UploadNotFoundException' };

const codeOf = async (act: Promise<unknown>): Promise<string | undefined> => (await refusal(act))?.code;

/** Sends pieces one after the other, each by its front. */
async function send(name: string, id: string, pieces: readonly (readonly [FrontName, Buffer])[]): Promise<Buffer> {
  let first = 0;
  for (const [front, piece] of pieces) {
    await fronts[front].append(name, id, piece, first);
    first += piece.length;
  }
  return Buffer.concat(pieces.map(([, piece]) => piece));
}

const steps = pairs.flatMap(([begun, ended]) => pairs.map(([first, second]) => [begun, first, second, ended] as const));

test.each(steps)('begun by %s, sent by %s and by %s, ended by %s', async (begun, one, two, ended) => {
  const name = await newRepository(app);
  const { bytes, digest } = blobOf(seededBytes(`${begun} ${one} ${two} ${ended}`, 5 * mebi + 3007));
  const id = await fronts[begun].beginUpload(name);
  const cut = 5 * mebi + 7;
  for (const front of frontNames) expect(await fronts[front].received(name, id)).toBe(0);
  await fronts[one].append(name, id, bytes.subarray(0, cut), 0);
  for (const front of frontNames) expect(await fronts[front].received(name, id)).toBe(cut);
  await fronts[two].append(name, id, bytes.subarray(cut), cut);
  await fronts[ended].complete(name, id, digest);
  for (const front of frontNames) {
    expect(await fronts[front].layerSize(name, digest)).toBe(bytes.length);
    expect(await codeOf(fronts[front].received(name, id))).toBe(gone[front]);
  }
  expect((await fronts.OCI.readLayer(name, digest)).equals(bytes)).toBe(true);
});

describe('small pieces: every part but the last has at least 5 MiB, and a chunk is no part', () => {
  const piece = (text: string): Buffer => seededBytes(text, 1000);
  const most = 5 * mebi;
  const rules: [string, (readonly [FrontName, Buffer])[], string | undefined][] = [
    [
      'two small parts',
      [
        ['JSON', piece('a')],
        ['JSON', piece('b')],
      ],
      'LayerPartTooSmallException',
    ],
    [
      'a small part, then a chunk',
      [
        ['JSON', piece('c')],
        ['OCI', piece('d')],
      ],
      'LayerPartTooSmallException',
    ],
    [
      'a small part, a chunk, a part',
      [
        ['JSON', piece('e')],
        ['OCI', piece('f')],
        ['JSON', piece('g')],
      ],
      'LayerPartTooSmallException',
    ],
    [
      'two small chunks',
      [
        ['OCI', piece('h')],
        ['OCI', piece('i')],
      ],
      undefined,
    ],
    [
      'a small chunk, then a part',
      [
        ['OCI', piece('j')],
        ['JSON', piece('k')],
      ],
      undefined,
    ],
    [
      'a part of just 5 MiB, then a chunk',
      [
        ['JSON', Buffer.alloc(most, 'l')],
        ['OCI', piece('m')],
      ],
      undefined,
    ],
    [
      'a part of a byte less, then a chunk',
      [
        ['JSON', Buffer.alloc(most - 1, 'n')],
        ['OCI', piece('o')],
      ],
      'LayerPartTooSmallException',
    ],
  ];

  test.each(rules)('%s: ended by JSON', async (_what, pieces, refused) => {
    const name = await newRepository(app);
    const id = await fronts.OCI.beginUpload(name);
    const digest = digestOf(await send(name, id, pieces));
    expect(await codeOf(fronts.JSON.complete(name, id, digest))).toBe(refused);
    expect(await fronts.OCI.layerSize(name, digest)).toBe(refused === undefined ? digestedLength(pieces) : undefined);
  });

  test.each(rules)('%s: ended by OCI, which takes any', async (_what, pieces) => {
    const name = await newRepository(app);
    const id = await fronts.JSON.beginUpload(name);
    const digest = digestOf(await send(name, id, pieces));
    await fronts.OCI.complete(name, id, digest);
    expect(await fronts.JSON.layerSize(name, digest)).toBe(digestedLength(pieces));
  });

  test('parts that come at once are judged as those that come one by one', async () => {
    const name = await newRepository(app);
    const bytes = seededBytes('at once', 30);
    for (let round = 0; round < 20; round++) {
      const id = await fronts.JSON.beginUpload(name);
      const sent = [0, 10, 20].map(async (first) => {
        return await codeOf(fronts.JSON.append(name, id, bytes.subarray(first, first + 10), first));
      });
      const refused = await Promise.all(sent);
      for (const first of [10, 20]) {
        if (refused[first / 10] !== undefined)
          await fronts.JSON.append(name, id, bytes.subarray(first, first + 10), first);
      }
      expect(await codeOf(fronts.JSON.complete(name, id, digestOf(bytes)))).toBe('LayerPartTooSmallException');
    }
  });
});

const digestedLength = (pieces: readonly (readonly [FrontName, Buffer])[]): number =>
  pieces.reduce((sum, [, piece]) => sum + piece.length, 0);

describe.each(pairs)('begun by %s, tried by %s', (begun, tried) => {
  test.each([
    ['a gap', 12],
    ['an overlap', 8],
  ])('%s is refused, and the upload stands where it stood', async (_what, first) => {
    const name = await newRepository(app);
    const { bytes, digest } = blobOf(seededBytes(`gap ${first}`, 20));
    const id = await fronts[begun].beginUpload(name);
    await fronts[begun].append(name, id, bytes.subarray(0, 10), 0);
    expect(await refusal(fronts[tried].append(name, id, bytes.subarray(first), first))).toEqual({
      code: { OCI: '416 BLOB_UPLOAD_INVALID', JSON: 'InvalidLayerPartException' }[tried],
      message: `First byte of the layer part is ${first} instead of 10`,
    });
    for (const front of frontNames) expect(await fronts[front].received(name, id)).toBe(10);
    await fronts[begun].append(name, id, bytes.subarray(10), 10);
    await fronts.OCI.complete(name, id, digest);
  });

  test('another digest is refused, and the upload can be ended with its own', async () => {
    const name = await newRepository(app);
    const { bytes, digest } = blobOf(seededBytes('another digest', 700));
    const id = await fronts[begun].beginUpload(name);
    await fronts[begun].append(name, id, bytes, 0);
    const refused = await codeOf(fronts[tried].complete(name, id, digestOf('other')));
    expect(refused).toBe({ OCI: '400 DIGEST_INVALID', JSON: 'InvalidLayerException' }[tried]);
    await fronts[begun].complete(name, id, digest);
    expect(await fronts[tried].layerSize(name, digest)).toBe(700);
  });

  test('it is not known in another repository', async () => {
    const [name, other] = [await newRepository(app), await newRepository(app)];
    const id = await fronts[begun].beginUpload(name);
    expect(await codeOf(fronts[tried].append(other, id, Buffer.alloc(5), 0))).toBe(gone[tried]);
    expect(await codeOf(fronts[tried].complete(other, id, digestOf('')))).toBe(gone[tried]);
    expect(await fronts[begun].received(name, id)).toBe(0);
  });

  test('an ended one is not known any more', async () => {
    const name = await newRepository(app);
    const { bytes, digest } = blobOf(seededBytes('ended', 700));
    const id = await fronts[begun].beginUpload(name);
    await fronts[begun].append(name, id, bytes, 0);
    await fronts[begun].complete(name, id, digest);
    expect(await codeOf(fronts[tried].append(name, id, bytes, 700))).toBe(gone[tried]);
    expect(await codeOf(fronts[tried].complete(name, id, digest))).toBe(gone[tried]);
  });

  test('a cancelled one is not known any more', async () => {
    const name = await newRepository(app);
    const id = await fronts[begun].beginUpload(name);
    await fronts[tried].append(name, id, Buffer.alloc(5), 0);
    const headers = { authorization: app.authorization };
    expect((await app.ask('DELETE', `/v2/${name}/blobs/uploads/${id}`, headers)).status).toBe(204);
    expect(await codeOf(fronts[tried].received(name, id))).toBe(gone[tried]);
    expect(await codeOf(fronts[tried].complete(name, id, digestOf(Buffer.alloc(5))))).toBe(gone[tried]);
  });

  test('one of a deleted repository is gone, also when there is a new one of the name', async () => {
    const repositoryName = await newRepository(app);
    const id = await fronts[begun].beginUpload(repositoryName);
    await app.ecr().send(new DeleteRepositoryCommand({ repositoryName }));
    const missing = { OCI: '404 NAME_UNKNOWN', JSON: 'RepositoryNotFoundException' }[tried];
    expect(await codeOf(fronts[tried].append(repositoryName, id, Buffer.alloc(5), 0))).toBe(missing);
    expect(await codeOf(fronts[tried].complete(repositoryName, id, digestOf('')))).toBe(missing);
    expect(await codeOf(fronts[tried].beginUpload(repositoryName))).toBe(missing);
    await app.createRepositories([repositoryName]);
    expect(await codeOf(fronts[tried].append(repositoryName, id, Buffer.alloc(5), 0))).toBe(gone[tried]);
  });

  test('one without a byte is an empty layer for OCI and refused by JSON', async () => {
    const name = await newRepository(app);
    const id = await fronts[begun].beginUpload(name);
    const refused = await codeOf(fronts[tried].complete(name, id, digestOf('')));
    expect(refused).toBe({ OCI: undefined, JSON: 'EmptyUploadException' }[tried]);
    if (tried === 'JSON') await fronts.OCI.complete(name, id, digestOf(''));
    for (const front of frontNames) expect(await fronts[front].layerSize(name, digestOf(''))).toBe(0);
  });

  test('one of a layer that is there ends: well for OCI, refused by JSON', async () => {
    const name = await newRepository(app);
    const blob = blobOf(seededBytes('twice', 700));
    await putLayer(fronts[begun], name, blob);
    const id = await fronts[begun].beginUpload(name);
    await fronts[tried].append(name, id, blob.bytes, 0);
    const refused = await codeOf(fronts[tried].complete(name, id, blob.digest));
    expect(refused).toBe({ OCI: undefined, JSON: 'LayerAlreadyExistsException' }[tried]);
    expect(await codeOf(fronts[begun].received(name, id))).toBe(gone[begun]);
    expect((await fronts.OCI.readLayer(name, blob.digest)).equals(blob.bytes)).toBe(true);
  });

  test('more bytes than a layer may have are refused, and what was there stays', async () => {
    const name = await newRepository(app);
    const bytes = Buffer.alloc(layerSize + 1, 'x');
    const id = await fronts[begun].beginUpload(name);
    await fronts[begun].append(name, id, bytes.subarray(0, 6 * mebi), 0);
    expect(await refusal(fronts[tried].append(name, id, bytes.subarray(6 * mebi), 6 * mebi))).toEqual({
      code: { OCI: '413 SIZE_INVALID', JSON: 'LimitExceededException' }[tried],
      message: `The layer exceeds the maximum allowed size of a layer which is '${layerSize}' bytes`,
    });
    expect(await fronts[begun].received(name, id)).toBe(6 * mebi);
    await fronts[tried].append(name, id, bytes.subarray(6 * mebi, layerSize), 6 * mebi);
    await fronts[tried].complete(name, id, digestOf(bytes.subarray(0, layerSize)));
  });

  test('a digest by sha512 is taken', async () => {
    const name = await newRepository(app);
    const bytes = seededBytes('sha512', 900);
    const digest = `sha512:${createHash('sha512').update(bytes).digest('hex')}`;
    const id = await fronts[begun].beginUpload(name);
    await fronts[begun].append(name, id, bytes, 0);
    await fronts[tried].complete(name, id, digest);
    for (const front of frontNames) {
      expect(await fronts[front].layerSize(name, digest)).toBe(900);
      expect(await fronts[front].layerSize(name, digestOf(bytes))).toBeUndefined();
    }
  });

  test('it lives as long as it is sent to, and is given up when it rests', async () => {
    const name = await newRepository(app);
    const id = await fronts[begun].beginUpload(name);
    await pass(app, uploadLife - 60_000);
    await fronts[tried].append(name, id, Buffer.alloc(10), 0);
    await pass(app, uploadLife - 60_000);
    expect(await fronts[begun].received(name, id)).toBe(10);
    await pass(app, 120_000);
    for (const front of frontNames) expect(await codeOf(fronts[front].received(name, id))).toBe(gone[front]);
  });

  test('it goes on after a restart', async () => {
    const name = await newRepository(app);
    const { bytes, digest } = blobOf(seededBytes('restart', 5 * mebi + 3000));
    const id = await fronts[begun].beginUpload(name);
    await fronts[begun].append(name, id, bytes.subarray(0, 5 * mebi + 1), 0);
    await app.restart();
    expect(await fronts[tried].received(name, id)).toBe(5 * mebi + 1);
    await fronts[tried].append(name, id, bytes.subarray(5 * mebi + 1), 5 * mebi + 1);
    await fronts[tried].complete(name, id, digest);
    expect((await fronts.OCI.readLayer(name, digest)).equals(bytes)).toBe(true);
  });

  test('of two pieces for one place that come at once one is taken', async () => {
    const name = await newRepository(app);
    const id = await fronts[begun].beginUpload(name);
    const pieces = [Buffer.alloc(1000, 'a'), Buffer.alloc(1000, 'b')] as const;
    const refused = await Promise.all([
      codeOf(fronts[begun].append(name, id, pieces[0], 0)),
      codeOf(fronts[tried].append(name, id, pieces[1], 0)),
    ]);
    expect(refused.filter((code) => code === undefined)).toHaveLength(1);
    expect(await fronts[tried].received(name, id)).toBe(1000);
    await fronts[tried].complete(name, id, digestOf(pieces[refused.indexOf(undefined)] ?? ''));
  });
});

test('parts that come at once are counted as those that come one by one', async () => {
  const name = await newRepository(app);
  for (let round = 0; round < 10; round++) {
    const id = await fronts.OCI.beginUpload(name);
    const sent = [0, 1, 2, 3, 4, 5].map(
      async (first) => await codeOf(fronts.JSON.append(name, id, Buffer.from('x'), first)),
    );
    const taken = (await Promise.all(sent)).filter((code) => code === undefined);
    expect(taken.length).toBeLessThanOrEqual(3);
  }
});

test.each(frontNames)('the number of parts is limited, that of chunks is not: begun by %s', async (begun) => {
  const name = await newRepository(app);
  const id = await fronts[begun].beginUpload(name);
  for (const first of [0, 1, 2]) await fronts.JSON.append(name, id, Buffer.from('x'), first);
  expect(await refusal(fronts.JSON.append(name, id, Buffer.from('x'), 3))).toEqual({
    code: 'LimitExceededException',
    message: "The upload exceeds the maximum allowed number of layer parts which is '3'",
  });
  for (const first of [3, 4, 5]) await fronts.OCI.append(name, id, Buffer.from('x'), first);
  await fronts.OCI.complete(name, id, digestOf('xxxxxx'));
});
