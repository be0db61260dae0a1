/** SIGKILL at every step of the write order, one after another: before it, in the middle of a write, after a commit. */
import { PutAccountSettingCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createRepositories } from '../support/aws.ts';
import { isBrokenConnection } from '../support/crash/broken-connection.ts';
import { openFronts, type Fronts } from '../support/crash/fronts.ts';
import { countSteps, startKillable, stepOf } from '../support/crash/killable.ts';
import { atEveryStep, firstStep, stepAfter } from '../support/crash/pace.ts';
import { findFaults } from '../support/crash/ledger-check.ts';
import { forgetLooseBlobs, newLedger, recordDeletion, tagsOf } from '../support/crash/ledger.ts';
import { mountBlob, pushInChunks, putManifest, randomNumbers, remove, type Client } from '../support/crash/load.ts';
import { reportFigures } from '../support/crash/report.ts';
import { temporaryFolder } from '../support/folders.ts';
import { blobsOf, digestOf, makeIndex, seededBytes, seededImage, type Blob, type Image } from '../support/images.ts';
import { freePort } from '../support/process.ts';
import type { Stowage } from '../support/stowage.ts';

const folder = temporaryFolder('steps');
const data = `${folder.path}/data`;
const repositories = { own: 'steps/own', source: 'steps/source' } as const;
const stepsOfAll: Record<string, number> = {};

let port = 0;
let server: Stowage;
let fronts: Fronts;
let client: Client;
let neighbour: Client;
let made = 0;

/** Comes back as a process that will end before its step number `at`. */
async function start(at: number): Promise<void> {
  fronts?.close();
  server = await startKillable({ data, port, at });
  fronts = await openFronts(server);
  client = { ...client, fronts };
  neighbour = { ...neighbour, fronts };
}

beforeAll(async () => {
  port = await freePort();
  const of = (repository: string): Omit<Client, 'fronts'> => ({
    ledger: newLedger(repository, 's-'),
    random: randomNumbers(repository),
    neighbours: [],
    next: 0,
  });
  client = of(repositories.own) as Client;
  neighbour = of(repositories.source) as Client;
  await start(0);
  await createRepositories(server, ...Object.values(repositories));
  await fronts.ecr.send(new PutAccountSettingCommand({ name: 'BLOB_MOUNTING', value: 'ENABLED' }));
});

afterAll(async () => {
  fronts?.close();
  await server?.kill();
  folder.remove();
  reportFigures('kills at each step', stepsOfAll);
});

const newBlob = (size: number): Blob => {
  const bytes = seededBytes(`step ${made++}`, size);
  return { digest: digestOf(bytes), bytes, mediaType: 'application/octet-stream' };
};
const newImage = (): Image => seededImage(`step ${made++}`, 2, 3_000);

/** Pushes the blobs of an image, so that only its manifest is left to push. */
async function withBlobs(image: Image, by: Client = client): Promise<Image> {
  for (const blob of blobsOf(image)) {
    await by.fronts.oci.pushBlob(by.ledger.repository, blob);
    by.ledger.blobs.set(blob.digest, blob);
  }
  return image;
}

async function withManifest(image: Image, tag?: string, by: Client = client): Promise<Image> {
  await putManifest(by, by.fronts.oci, await withBlobs(image, by), tag);
  return image;
}

/** Two tags at one new image. */
async function twiceTagged(): Promise<Image> {
  const image = await withManifest(newImage(), `s-${made++}`);
  await putManifest(client, fronts.oci, image, `s-${made++}`);
  return image;
}

async function removeImage(digest: string, front: 'oci' | 'aws'): Promise<void> {
  await remove({ ...client, random: () => (front === 'oci' ? 0 : 1) }, digest, [
    digest,
    ...tagsOf(client.ledger, digest),
  ]);
  recordDeletion(client.ledger, digest);
}

async function removeTag(image: Image, front: 'oci' | 'aws'): Promise<void> {
  const tag = tagsOf(client.ledger, image.digest)[0] ?? '';
  await remove({ ...client, random: () => (front === 'oci' ? 0 : 1) }, tag, [tag]);
  client.ledger.tags.delete(tag);
}

async function pushWhole(blob: Blob): Promise<void> {
  await fronts.oci.pushBlob(client.ledger.repository, blob);
  client.ledger.blobs.set(blob.digest, blob);
}

async function pushInParts(blob: Blob, front: 'oci' | 'aws', size: number): Promise<void> {
  await pushInChunks({ ...client, random: () => size }, fronts[front], blob);
  client.ledger.blobs.set(blob.digest, blob);
}

interface Operation {
  readonly name: string;
  /** What has to be there before; gives the operation itself, whose steps are counted. */
  readonly prepare: () => Promise<() => Promise<unknown>>;
  /** How steps begin that it must have had. Two folders are synced at once, in any order. */
  readonly has: readonly string[];
}

const stored = [
  'create blobs/*/*',
  'write blobs/*/*',
  'half of the write blobs/*/*',
  'fdatasync blobs/*/*',
  'fsync blobs',
];
/**
 * Where a thread writes, the first of these steps fall together with steps of the other thread and are rarely those that
 * end the process; that they are survived is shown by the small blob.
 */
const storedByThread = stored.filter((step) => !/^(create|write) /.test(step));
const committed = ['begin immediate', 'commit', 'committed', 'answer'];

const operations: readonly Operation[] = [
  {
    name: 'a blob in its row, in one PUT',
    prepare: async () => await Promise.resolve(() => pushWhole(newBlob(2_000))),
    has: committed,
  },
  {
    name: 'a small blob in one PUT',
    prepare: async () => await Promise.resolve(() => pushWhole(newBlob(20_000))),
    has: [...stored, ...committed],
  },
  {
    name: 'a blob of several segments in one PUT',
    prepare: async () => await Promise.resolve(() => pushWhole(newBlob(1_300_000))),
    has: [...storedByThread, ...committed],
  },
  {
    name: 'an upload in chunks on the OCI front',
    prepare: async () => await Promise.resolve(() => pushInParts(newBlob(1_300_000), 'oci', 1_100_000)),
    has: [...storedByThread, ...committed],
  },
  {
    name: 'a layer in parts by the AWS API',
    prepare: async () => await Promise.resolve(() => pushInParts(newBlob(1_300_000), 'aws', 0)),
    has: [...storedByThread, ...committed],
  },
  {
    name: 'a manifest PUT by tag',
    async prepare() {
      const image = await withBlobs(newImage());
      return async () => await putManifest(client, fronts.oci, image, `s-${made++}`);
    },
    has: committed,
  },
  {
    name: 'PutImage of an index',
    async prepare() {
      const index = makeIndex([await withManifest(newImage()), await withManifest(newImage())]);
      return async () => await putManifest(client, fronts.aws, index, `s-${made++}`);
    },
    has: committed,
  },
  {
    name: 'a tag moved by the AWS API',
    async prepare() {
      const [from, to] = [await withManifest(newImage(), 's-moves'), await withManifest(newImage(), `s-${made++}`)];
      expect(from.digest).not.toBe(to.digest);
      return async () => await putManifest(client, fronts.aws, to, 's-moves');
    },
    has: committed,
  },
  {
    name: 'a mount',
    async prepare() {
      const { layers } = await withManifest(newImage(), 's-source', neighbour);
      return async () => await mountBlob(client, layers[0]!, repositories.source);
    },
    has: committed,
  },
  ...(['oci', 'aws'] as const).flatMap((front): Operation[] => [
    {
      name: `a deletion by digest on the front ${front}`,
      async prepare() {
        const image = await twiceTagged();
        return async () => await removeImage(image.digest, front);
      },
      has: committed,
    },
    {
      name: `a deletion by tag on the front ${front}`,
      async prepare() {
        const image = await twiceTagged();
        return async () => await removeTag(image, front);
      },
      has: committed,
    },
  ]),
];

async function faults(): Promise<string[]> {
  const found: string[] = [];
  for (const { ledger } of [client, neighbour]) {
    const { lost, halfVisible } = await findFaults(fronts, ledger.repository, [ledger]);
    found.push(...lost, ...halfVisible);
    forgetLooseBlobs(ledger);
  }
  return found;
}

beforeEach(async () => {
  await server.kill();
  await start(1);
});

/** Does an operation again and again, each time killed a step later, until it comes to its end; gives the steps. */
async function killAtEach(operation: Operation): Promise<string[]> {
  const steps: string[] = [];
  let at = firstStep();
  await server.kill();
  await start(at);
  for (let isOver = false; !isOver;) {
    const act = await operation.prepare();
    await countSteps(server);
    try {
      await act();
      isOver = true;
      await server.kill();
    } catch (error) {
      if (!isBrokenConnection(error)) throw error;
      await server.child.exited;
      steps.push(stepOf(server.child) ?? 'none');
    }
    // the process that comes back is the one that ends at the step after
    at = stepAfter(at);
    await start(at);
    expect(await faults(), `killed at ${steps.at(-1)}`).toEqual([]);
  }
  return steps;
}

test.for(operations)('$name, killed at each of its steps, loses nothing', { timeout: 600_000 }, async (operation) => {
  const seen: string[] = [];
  const wanted = atEveryStep ? operation.has : [];
  const missed = (): string[] => wanted.filter((step) => !seen.some((one) => one.startsWith(step)));
  // Threads work side by side: a step may have another number in the next run, and so be passed over. Then all is done anew.
  for (let round = 0; round < 4 && (round === 0 || missed().length > 0); round += 1) {
    const steps = await killAtEach(operation);
    seen.push(...steps);
    stepsOfAll[operation.name] = steps.length;
  }
  expect(missed(), seen.join('\n')).toEqual([]);
});
