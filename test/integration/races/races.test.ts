import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { plan } from './commands.ts';
import { Table } from './game.ts';

/** So many histories; the long run sets it. A seed that failed is set to see it fail again. */
const histories = Number(process.env['STOWAGE_RACES'] ?? 40);
const seed = Number(process.env['STOWAGE_RACES_SEED'] ?? Date.now() % 0x7fff_ffff);
/** What failed is made smaller for so long at most. */
const shrinkMilliseconds = Number(process.env['STOWAGE_RACES_SHRINK_SECONDS'] ?? 40) * 1000;

let table: Table | undefined;

afterAll(async () => {
  await table?.close();
});

/** A registry whose last history ended well and whose own schedule has not begun yet. */
async function tableToPlayAt(): Promise<Table> {
  if (table?.isOld) {
    await table.close();
    table = undefined;
  }
  table ??= await Table.open();
  return table;
}

test(
  'every answer of concurrent clients and the collector is explained by some order, and nothing is left in the end',
  async ({ annotate }) => {
    let [played, requests, shrinkUntil] = [0, 0, Infinity];
    const property = fc.asyncProperty(plan, async (one) => {
      if (Date.now() > shrinkUntil) return;
      const playing = await tableToPlayAt();
      try {
        requests += await playing.play(one);
        played++;
      } catch (error) {
        table = undefined;
        await playing.close();
        if (shrinkUntil === Infinity) shrinkUntil = Date.now() + shrinkMilliseconds;
        throw error;
      }
    });
    const result = await fc.check(property, { seed, numRuns: histories, unbiased: true });
    if (result.failed) {
      const { errorInstance, numRuns, numShrinks } = result;
      const command = `STOWAGE_RACES_SEED=${seed} STOWAGE_RACES=${numRuns} npx vitest run test/integration/races`;
      expect.fail(
        `history ${numRuns} of seed ${seed} (made smaller ${numShrinks} times; again: ${command})\n${(errorInstance as Error | null)?.message}`,
      );
    }
    await annotate(`${played} histories, ${requests} requests, seed ${seed}`);
    expect(played).toBe(histories);
  },
  60_000 + histories * 2000,
);
