/** SIGKILL under load, again and again: nothing acknowledged is lost, nothing is half visible. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { createRepositories, logIn } from '../support/aws.ts';
import { temporaryFolder } from '../support/folders.ts';
import { findFaults, forgetLooseBlobs, newLedger, readListing } from '../support/ledger.ts';
import { randomNumbers, work, type Client } from '../support/load.ts';
import { registryAt } from '../support/registry.ts';
import { startStowage, type Stowage } from '../support/stowage.ts';

const kills = Number(process.env['STOWAGE_KILLS'] ?? 20);
const repositories = ['load/shared', 'load/shared', 'load/shared', 'load/own'];

const folder = temporaryFolder('kill');
let server: Stowage | undefined;

afterEach(async () => {
  await server?.kill();
  folder.remove();
});

test(
  `${kills} SIGKILLs under load lose nothing that was acknowledged`,
  { timeout: 20_000 * kills + 60_000 },
  async () => {
    const data = `${folder.path}/data`;
    server = await startStowage({ data });
    const { port } = server;
    await createRepositories(server, ...new Set(repositories));
    const random = randomNumbers('kill');
    const ledgers = repositories.map((repository, index) => newLedger(repository, `client${index}-`));
    let { authorization } = await logIn(server);
    let clients = ledgers.map((ledger, index): Client => {
      const registry = registryAt(server?.url ?? '', authorization);
      return { ledger, registry, random: randomNumbers(`client ${index}`), next: 0 };
    });

    for (let count = 1; count <= kills; count += 1) {
      let isOver = false;
      const working = Promise.all(clients.map(async (client) => await work(client, () => isOver)));
      await Promise.race([working, sleep(150 + random(700))]);
      await server.kill();
      isOver = true;
      await working;

      server = await startStowage({ data, port });
      ({ authorization } = await logIn(server));
      for (const client of clients) {
        const registry = registryAt(server.url, authorization);
        const listing = await readListing(server, registry, client.ledger.repository);
        expect(await findFaults(client.ledger, registry, listing), `after kill ${count}`).toEqual([]);
        forgetLooseBlobs(client.ledger);
      }
      clients = clients.map((client) => ({ ...client, registry: registryAt(server?.url ?? '', authorization) }));
    }

    // the load was one: every kind of state was there to be lost
    const sum = (of: (client: Client) => number): number => clients.reduce((total, client) => total + of(client), 0);
    expect(sum(({ ledger }) => ledger.sent.size)).toBeGreaterThan(kills * 2);
    expect(sum(({ ledger }) => ledger.deleted.size)).toBeGreaterThan(kills / 4);
    await server.stop();
  },
);
