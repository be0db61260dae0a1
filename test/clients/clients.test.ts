/** Every client of table.ts on both addresses; the run writes docs/clients.md. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missing } from '../support/engines.ts';
import { checkout } from '../support/stowage.ts';
import { columns, type Row, type RunningClient } from './cell.ts';
import { addresses, startGround, type Address, type Ground } from './ground.ts';
import { clientsPage } from './page.ts';
import { table } from './table.ts';

/** Names of repositories know no spaces and no upper case. */
const slug = (text: string): string =>
  text
    .toLowerCase()
    .match(/[a-z0-9]+/g)
    ?.join('-') ?? '';

const triedOn = (row: Row, { key }: Address): string[] =>
  [...columns, ...row.more].filter((what) => row.reason(what, key) === undefined);

const nameOf = (row: Row, address: Address, what: string): string => `${address.key}/${slug(row.name)}/${slug(what)}`;

const expected = table.flatMap((row) =>
  addresses.flatMap((address) => triedOn(row, address).map((what) => nameOf(row, address, what))),
);

const passed = new Set<string>();
const versions = new Map<string, string>();

describe.skipIf(missing('namespace'))('the table of clients', () => {
  let ground: Ground;

  beforeAll(async () => {
    ground = await startGround();
  });

  afterAll(async () => {
    await ground?.close();
    // a run of some of them, or one in which some failed, has nothing to say about all
    if (expected.some((cell) => !passed.has(cell))) return;
    writeFileSync(join(checkout, 'docs', 'clients.md'), clientsPage(table, versions));
  });

  describe.each(table)('$name', (row) => {
    let client: RunningClient;

    beforeAll(async () => {
      client = await row.start(ground);
      expect(client.version).toMatch(/\d/);
      versions.set(row.name, client.version);
    });

    afterAll(async () => {
      await client?.close();
    });

    describe.each(addresses.filter((address) => triedOn(row, address).length > 0))('on $title:', (address) => {
      beforeAll(async () => {
        await client.login(address);
      });

      test.skipIf(row.missing()).each(triedOn(row, address))('%s', async (what) => {
        const repository = nameOf(row, address, what);
        const other = `${repository}-too`;
        await ground.createRepositories(repository, other);
        await expect(client.run(what, { ground, address, repository, other })).resolves.toBeUndefined();
        passed.add(repository);
      });
    });
  });

  test('gives a reason, as a sentence, for every cell that is empty', () => {
    for (const row of table) {
      for (const { key } of addresses) {
        for (const what of [...columns, ...row.more]) expect(row.reason(what, key) ?? 'None.').toMatch(/^\S.*\.$/);
      }
    }
  });
});
