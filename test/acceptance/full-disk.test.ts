/** A disk that runs full while several clients push: what was acknowledged is there, what was refused is not. */
import { mkdirSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { createRepositories } from '../support/aws.ts';
import { openFronts } from '../support/crash/fronts.ts';
import { findFaults } from '../support/crash/ledger-check.ts';
import { mayMount } from '../support/engines.ts';
import { temporaryFolder } from '../support/folders.ts';
import { newLedger } from '../support/crash/ledger.ts';
import { randomNumbers, work, type Client } from '../support/crash/load.ts';
import { runOk } from '../support/process.ts';
import { UnexpectedAnswer } from '../support/registry.ts';
import { startStowage, type Stowage } from '../support/stowage.ts';

const folder = temporaryFolder('full');
const disk = `${folder.path}/disk`;
let server: Stowage | undefined;

afterEach(async () => {
  await server?.kill();
  folder.remove();
});

test.skipIf(!mayMount())('a full disk costs nothing that was acknowledged', async () => {
  mkdirSync(disk);
  await runOk('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'none', disk]);
  server = await startStowage({ data: `${disk}/data` });
  const { port } = server;
  const before = await openFronts(server);
  await createRepositories(server, 'full');
  const clients = [0, 1, 2, 3].map((index): Client => {
    const random = randomNumbers(`full ${index}`);
    return { ledger: newLedger('full', `c${index}-`), fronts: before, random, neighbours: [], next: 0 };
  });

  // each client goes on until it was refused for want of room a few times: commits fail in the middle, too
  const refusals: number[] = [];
  const push = async (client: Client): Promise<void> => {
    for (let refused = 0; refused < 8; refused += 1) {
      try {
        await work(client);
      } catch (error) {
        if (!(error instanceof UnexpectedAnswer)) throw error;
        refusals.push(error.status);
      }
    }
  };
  await Promise.all(clients.map(push));
  expect(refusals).toHaveLength(32);
  expect(server.child.isRunning()).toBe(true);
  await server.kill();

  await runOk('mount', ['-o', 'remount,size=300m', disk]);
  server = await startStowage({ data: `${disk}/data`, port });
  const after = await openFronts(server);
  const ledgers = clients.map(({ ledger }) => ledger);
  expect(await findFaults(after, 'full', ledgers)).toEqual({ lost: [], halfVisible: [] });
  before.close();
  after.close();
  expect(clients.reduce((sum, { ledger }) => sum + ledger.images.size, 0)).toBeGreaterThan(5);
  await server.stop();
});
