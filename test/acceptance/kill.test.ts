/** SIGKILL under load on both fronts, again and again: nothing acknowledged is lost, nothing is half visible. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PutAccountSettingCommand } from '@aws-sdk/client-ecr';
import { afterAll, afterEach, expect, test } from 'vitest';
import { createRepositories } from '../support/aws.ts';
import { openFronts, type Fronts } from '../support/crash/fronts.ts';
import { findFaults } from '../support/crash/ledger-check.ts';
import { median, reportFigures } from '../support/crash/report.ts';
import { filesIn, temporaryFolder } from '../support/folders.ts';
import { forgetLooseBlobs, newLedger, type Ledger } from '../support/crash/ledger.ts';
import { randomNumbers, work, type Client } from '../support/crash/load.ts';
import { freePort, until } from '../support/process.ts';
import { startStowage, type Stowage } from '../support/stowage.ts';

const kills = Number(process.env['STOWAGE_KILLS'] ?? 20);
const repositories = ['load/shared', 'load/own'] as const;

const folder = temporaryFolder('kill');
const data = `${folder.path}/data`;
let server: Stowage | undefined;
let fronts: Fronts | undefined;

afterEach(async () => {
  fronts?.close();
  await server?.kill();
});

afterAll(() => folder.remove());

/** Starts the server on `port`, logs in, and gives the milliseconds until it was ready. */
async function start(port: number): Promise<number> {
  const began = performance.now();
  const starting = startStowage({ data, port });
  let isReady = false;
  while (!isReady) {
    await sleep(3);
    isReady = await Promise.race([isReadyAt(port), starting.then(() => true)]);
  }
  const took = performance.now() - began;
  server = await starting;
  fronts = await openFronts(server);
  return took;
}

const isReadyAt = async (port: number): Promise<boolean> => {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  } catch {
    return false; // nobody listens yet
  }
};

function newClients(ledgers: readonly Ledger[], opened: Fronts): Client[] {
  return ledgers.map((ledger, index) => {
    const neighbours = ledgers.filter(({ repository }) => repository !== ledger.repository);
    return { ledger, fronts: opened, random: randomNumbers(`client ${index}`), neighbours, next: 0 };
  });
}

const answersOf = (clients: readonly Client[]): number =>
  clients.reduce((sum, { ledger }) => ledger.acknowledged.values().reduce((own, count) => own + count, sum), 0);

/**
 * Lets the clients work until a random number of answers has come and a random moment more, kills the server, and waits
 * until everybody has noticed. Counting answers keeps the load the same on a machine that is busy.
 */
async function killUnderLoad(clients: readonly Client[], random: (limit: number) => number): Promise<void> {
  const over = new AbortController();
  const isOver = (): boolean => over.signal.aborted;
  const wanted = answersOf(clients) + 5 + random(50);
  const working = Promise.all(clients.map(async (client) => await work(client, isOver)));
  const enough = async (): Promise<void> => {
    while (!isOver() && answersOf(clients) < wanted) await sleep(2);
    await sleep(random(30));
  };
  try {
    await Promise.race([working, enough()]);
    await server?.kill();
  } finally {
    over.abort();
  }
  await working;
  fronts?.close();
}

test(
  `${kills} SIGKILLs under load on both fronts lose nothing that was acknowledged`,
  { timeout: 20_000 * kills + 60_000 },
  async () => {
    const port = await freePort();
    const firstStart = await start(port);
    await createRepositories(server!, ...repositories);
    await fronts!.ecr.send(new PutAccountSettingCommand({ name: 'BLOB_MOUNTING', value: 'ENABLED' }));
    const ledgers = [0, 1, 2, 3].map((index) => newLedger(repositories[index === 3 ? 1 : 0], `client${index}-`));
    let clients = newClients(ledgers, fronts!);
    const random = randomNumbers('kill');
    const found = { lost: [] as string[], halfVisible: [] as string[] };
    const starts = { afterKill: [] as number[], afterStop: [] as number[] };

    for (let count = 1; count <= kills; count += 1) {
      await killUnderLoad(clients, random);
      starts.afterKill.push(await start(port));
      for (const repository of repositories) {
        const own = ledgers.filter((ledger) => ledger.repository === repository);
        const { lost, halfVisible } = await findFaults(fronts!, repository, own);
        found.lost.push(...lost.map((fault) => `kill ${count}: ${fault}`));
        found.halfVisible.push(...halfVisible.map((fault) => `kill ${count}: ${fault}`));
        own.forEach(forgetLooseBlobs);
      }
      expect(found).toEqual({ lost: [], halfVisible: [] });
      if (count % 5 === 0) {
        fronts?.close();
        await server?.stop();
        starts.afterStop.push(await start(port));
      }
      clients = clients.map((client) => ({ ...client, fronts: fronts! }));
    }
    const acknowledged = sumOf(ledgers);
    reportFigures('kill', {
      kills,
      acknowledged: Object.values(acknowledged).reduce((sum, one) => sum + one, 0),
      byKind: acknowledged,
      lost: found.lost.length,
      halfVisible: found.halfVisible.length,
      startMilliseconds: {
        first: Math.round(firstStart),
        afterKill: Math.round(median(starts.afterKill)),
        slowestAfterKill: Math.round(Math.max(...starts.afterKill)),
        afterStop: Math.round(median(starts.afterStop)),
      },
      afterKillToAfterStop: Number((median(starts.afterKill) / median(starts.afterStop)).toFixed(2)),
    });
    // the load was one: every kind of state was there to be lost
    const kinds = ['upload', 'upload in chunks', 'part', 'image', 'retag', 'deletion'];
    const done = kinds.flatMap((kind) => [`oci ${kind}`, `aws ${kind}`]);
    expect(Object.keys(acknowledged)).toEqual(expect.arrayContaining([...done, 'oci mount']));
    expect((acknowledged['oci index'] ?? 0) + (acknowledged['aws index'] ?? 0)).toBeGreaterThan(0);
    await server?.stop();
  },
);

test('a server that is killed leaves its compiled code to the next start', async () => {
  const cache = `${folder.path}/cache`;
  server = await startStowage({ data: `${folder.path}/other`, env: { NODE_COMPILE_CACHE: cache } });
  const kept = await until('compiled code is kept', async () => {
    const { length } = await filesIn(cache);
    return length > 50 ? length : undefined;
  });
  expect(kept).toBeGreaterThan(50);
  await server.kill();
});

function sumOf(ledgers: readonly Ledger[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { acknowledged } of ledgers) {
    for (const [what, count] of acknowledged) sums[what] = (sums[what] ?? 0) + count;
  }
  return Object.fromEntries(Object.entries(sums).sort(([a], [b]) => (a < b ? -1 : 1)));
}
