/** The collector, killed at each of its steps, removes in the end what nobody refers to, and nothing else. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRepositories } from '../support/aws.ts';
import { openFronts, type Fronts } from '../support/crash/fronts.ts';
import { countSteps, startKillable, stepOf } from '../support/crash/killable.ts';
import { atEveryStep, firstStep, stepAfter } from '../support/crash/pace.ts';
import { findFaults } from '../support/crash/ledger-check.ts';
import { newLedger, recordDeletion, recordImage } from '../support/crash/ledger.ts';
import { reportFigures } from '../support/crash/report.ts';
import { layerFilesIn, temporaryFolder } from '../support/folders.ts';
import { seededBytes, seededImage, type Image } from '../support/images.ts';
import { freePort, until } from '../support/process.ts';
import type { Stowage } from '../support/stowage.ts';

const folder = temporaryFolder('collect');
const data = `${folder.path}/data`;
const repository = 'collected';
const ledger = newLedger(repository, 'c-');
/** Kept are bytes for two seconds only; so what is needed is pushed while they are kept for long. */
const short = ['--lease', '2', '--upload-expiry', '2', '--deletion-grace', '0'];

let port = 0;
let server: Stowage;
let fronts: Fronts;

async function start(at: number, flags: readonly string[] = short): Promise<void> {
  fronts?.close();
  server = await startKillable({ data, port, at, flags });
  fronts = await openFronts(server);
}

async function push(image: Image): Promise<Image> {
  await fronts.registry.pushImage(repository, image);
  recordImage(ledger, image);
  return image;
}

beforeAll(async () => {
  port = await freePort();
  await start(0, []);
  await createRepositories(server, repository);
});

afterAll(async () => {
  fronts?.close();
  await server?.kill();
  folder.remove();
});

/** Deletes an image and leaves an upload that has a file. */
async function makeGarbage(image: Image): Promise<void> {
  await fronts.oci.deleteImage(repository, image.digest);
  recordDeletion(ledger, image.digest);
  const session = await fronts.oci.beginUpload(repository);
  await fronts.oci.appendUpload(repository, session, { bytes: seededBytes(image.digest, 2_200_000), offset: 0 });
}

/** Configs are so short that they lie in their rows. */
const neededFiles = (): number =>
  new Set([...ledger.images.values()].flatMap(({ layers }) => layers).map(({ digest }) => digest)).size;

/** True when every byte that nobody needs is gone; false when the server was killed before. */
async function untilCollected(): Promise<boolean> {
  const wait = (): Promise<boolean | undefined> =>
    layerFilesIn(`${data}/blobs`).then((files) => {
      if (!server.child.isRunning()) return false;
      return files.length === neededFiles() ? true : undefined;
    });
  return await until('what nobody needs is gone', wait);
}

test('the collector, killed at each of its steps, loses nothing and leaves nothing', { timeout: 600_000 }, async () => {
  const kept = await push(seededImage('kept', 2, 40_000));
  const garbage: Image[] = [];
  for (let count = 0; count < 30; count += 1) garbage.push(await push(seededImage(`garbage ${count}`, 1, 20_000)));
  await server.stop();

  const steps: string[] = [];
  for (let at = firstStep(), isOver = false; !isOver; at = stepAfter(at)) {
    await start(at);
    await makeGarbage(garbage.pop()!);
    await countSteps(server);
    isOver = await untilCollected();
    if (isOver) {
      // what comes after the last byte: the rows that named it
      await sleep(500);
      isOver = server.child.isRunning();
    }
    if (isOver) break;
    await server.child.exited;
    steps.push(stepOf(server.child) ?? 'none');
    await start(0);
    const { lost, halfVisible } = await findFaults(fronts, repository, [ledger]);
    expect([...lost, ...halfVisible], `killed at ${steps.at(-1)}`).toEqual([]);
    expect(await untilCollected(), `killed at ${steps.at(-1)}`).toBe(true);
    await server.kill();
  }
  expect(ledger.images.has(kept.digest)).toBe(true);
  const named = atEveryStep ? ['begin immediate', 'commit', 'committed', 'unlink blobs/*/*'] : [];
  expect(steps).toEqual(expect.arrayContaining(named));
  reportFigures('collector killed at each step', { steps: steps.length, names: steps });
});
