/**
 * Load on two nodes with one database; one node, the database, or all connections between them are killed under it, again
 * and again: nothing acknowledged is lost, nothing is half visible, and nothing but what was killed is started again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { PutAccountSettingCommand } from '@aws-sdk/client-ecr';
import { afterEach, describe, expect, test } from 'vitest';
import { createRepositories } from '../support/aws.ts';
import { startBalancer, type Balancer } from '../support/crash/balancer.ts';
import { openFronts, type Fronts } from '../support/crash/fronts.ts';
import { findFaults } from '../support/crash/ledger-check.ts';
import { forgetLooseBlobs, newLedger, type Ledger } from '../support/crash/ledger.ts';
import { randomNumbers, work, type Client } from '../support/crash/load.ts';
import { reportFigures } from '../support/crash/report.ts';
import { temporaryFolder } from '../support/folders.ts';
import { missingPostgres, startCluster, type Cluster } from '../support/postgres.ts';
import { freePort, waitForUrl } from '../support/process.ts';
import { startStowage, type Stowage } from '../support/stowage.ts';

const kills = Number(process.env['STOWAGE_POSTGRES_KILLS'] ?? 10);
const repositories = ['load/shared', 'load/own'] as const;
const random = randomNumbers('kill on PostgreSQL');

const folder = temporaryFolder('kill');
let cluster: Cluster | undefined;
let balancer: Balancer | undefined;
let fronts: Fronts | undefined;
const nodes: Stowage[] = [];
const ports: number[] = [];
let database = '';

afterEach(async () => {
  fronts?.close();
  await balancer?.close();
  for (const node of nodes) await node.kill();
  await cluster?.close();
  folder.remove();
});

async function startNode(index: number): Promise<void> {
  const at = (name: string): string => `${folder.path}/${name}`;
  const credentialsFile = at('credentials');
  nodes[index] = await startStowage({
    data: at(`node-${index}`),
    port: ports[index],
    flags: ['--root-key', at('root-key'), '--credentials', credentialsFile, '--blobs', `file:${at('blobs')}`],
    credentialsFile,
    env: { STOWAGE_DATABASE: database },
  });
}

const areReady = async (): Promise<void> => {
  for (const { url, child } of nodes) await waitForUrl(`${url}/readyz`, child);
};

/** What is killed, by turns, and how it comes back. */
const victims: readonly {
  readonly name: string;
  readonly kill: () => Promise<void>;
  readonly revive: () => Promise<void>;
}[] = [
  { name: 'a node', kill: async () => void (await nodes[0]?.kill()), revive: async () => await startNode(0) },
  {
    name: 'the database',
    kill: async () => await cluster?.kill(),
    revive: async () => await cluster?.start(),
  },
  {
    name: 'the other node',
    kill: async () => void (await nodes[1]?.kill()),
    revive: async () => await startNode(1),
  },
  {
    name: 'every connection',
    async kill() {
      const client = await cluster?.connect();
      await client?.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'stowage'`);
      await client?.end();
    },
    revive: async () => {},
  },
  {
    name: 'the database, in order',
    kill: async () => await cluster?.stop(),
    revive: async () => await cluster?.start(),
  },
];

function newClients(ledgers: readonly Ledger[], opened: Fronts): Client[] {
  return ledgers.map((ledger, index) => {
    const neighbours = ledgers.filter(({ repository }) => repository !== ledger.repository);
    return { ledger, fronts: opened, random: randomNumbers(`client ${index}`), neighbours, next: 0 };
  });
}

const answersOf = (ledgers: readonly Ledger[]): number =>
  ledgers.reduce((sum, { acknowledged }) => acknowledged.values().reduce((own, count) => own + count, sum), 0);

/** Lets the clients work until some answers have come, kills, and lets those go on a little whom it does not concern. */
async function killUnderLoad(clients: readonly Client[], kill: () => Promise<void>): Promise<void> {
  const over = new AbortController();
  const isOver = (): boolean => over.signal.aborted;
  const ledgers = clients.map(({ ledger }) => ledger);
  const wanted = answersOf(ledgers) + 5 + random(40);
  const working = Promise.all(clients.map(async (client) => await work(client, isOver)));
  const enough = async (): Promise<void> => {
    while (!isOver() && answersOf(ledgers) < wanted) await sleep(2);
    await sleep(random(30));
  };
  try {
    await Promise.race([working, enough()]);
    await kill();
    await Promise.race([working, sleep(200)]);
  } finally {
    over.abort();
  }
  await working;
}

describe.skipIf(missingPostgres())('two nodes on PostgreSQL', () => {
  test(`lose nothing in ${kills} kills under load`, { timeout: 25_000 * kills + 90_000 }, async () => {
    cluster = await startCluster({ durable: true });
    database = `${await cluster.createDatabase()}?connect_timeout=3`;
    ports.push(await freePort(), await freePort());
    await startNode(0);
    await startNode(1);
    balancer = await startBalancer(ports, random);
    const endpoint = { ...nodes[0]!, url: balancer.url, host: new URL(balancer.url).host };
    await createRepositories(endpoint, ...repositories);
    fronts = await openFronts(endpoint);
    await fronts.ecr.send(new PutAccountSettingCommand({ name: 'BLOB_MOUNTING', value: 'ENABLED' }));
    const ledgers = [0, 1, 2, 3].map((index) => newLedger(repositories[index === 3 ? 1 : 0], `client${index}-`));
    const clients = newClients(ledgers, fronts);
    const faults: string[] = [];

    for (let count = 0; count < kills; count += 1) {
      const { name, kill, revive } = victims[count % victims.length]!;
      await killUnderLoad(clients, kill);
      await revive();
      await areReady();
      for (const repository of repositories) {
        const own = ledgers.filter((ledger) => ledger.repository === repository);
        const { lost, halfVisible } = await findFaults(fronts, repository, own);
        faults.push(...[...lost, ...halfVisible].map((fault) => `kill ${count} of ${name}: ${fault}`));
        own.forEach(forgetLooseBlobs);
      }
      expect(faults).toEqual([]);
    }
    const acknowledged = answersOf(ledgers);
    reportFigures('kill on PostgreSQL', { kills, acknowledged, lost: 0, halfVisible: 0, unavailable: balancer.cut() });
    expect(acknowledged).toBeGreaterThan(kills * 5);
    // the database was gone for requests that were under way
    expect(balancer.cut()).toBeGreaterThan(0);
    for (const node of nodes) expect((await node.stop()).code).toBe(0);
  });
});
