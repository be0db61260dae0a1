/** From `node src/main.ts serve` to the line that says it serves, beside a Node that runs an empty program. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '../../test/support/folders.ts';
import { cleanEnv, freePort, startProcess, type Child } from '../../test/support/process.ts';
import { checkout } from '../../test/support/stowage.ts';
import { round } from '../report.ts';
import { median } from '../rounds.ts';
import { atMost, type Scenario } from '../scenario.ts';

/** A start takes a tenth of a second, and so do its disturbances: more rounds than of a load. */
const roundsFor = (rounds: number): number => rounds * 3;

async function untilItPrints(child: Child): Promise<void> {
  while (child.stdout() === '') {
    if (!child.isRunning()) throw new Error(`it ended before it served\n${child.stderr()}`);
    await sleep(1);
  }
}

export const start: Scenario = {
  name: 'start',
  title: 'start to ready, warm compile cache, beside an empty Node program',
  target: atMost(4, 2, '×'),
  async run(bench) {
    const folder = temporaryFolder('start');
    const at = (name: string): string => join(folder.path, name);
    const env = cleanEnv({ NODE_COMPILE_CACHE: at('compiled') });
    writeFileSync(at('empty.ts'), '');
    const ready = async (): Promise<number> => {
      const listen = `127.0.0.1:${await freePort()}`;
      const began = performance.now();
      const words = [join(checkout, 'src', 'main.ts'), 'serve', '--data', at('data'), '--listen', listen];
      const child = startProcess(execPath, words, { env });
      try {
        await untilItPrints(child);
        return performance.now() - began;
      } finally {
        await child.stop(); // its end writes the compile cache
      }
    };
    const empty = async (): Promise<number> => {
      const began = performance.now();
      await startProcess(execPath, [at('empty.ts')], { env }).exited;
      return performance.now() - began;
    };
    const rounds = roundsFor(bench.rounds);
    const walls = { stowage: [] as number[], empty: [] as number[] };
    try {
      // the first makes the data folder, the second compiles what a first start does not need
      for (let warm = 0; warm < 2; warm += 1) await ready();
      await empty();
      for (let count = 0; count < rounds; count += 1) {
        walls.stowage.push(await ready());
        walls.empty.push(await empty());
      }
    } finally {
      folder.remove();
    }
    const [stowage, peer] = [median(walls.stowage), median(walls.empty)];
    const sides = { stowage: `${round(stowage)} ms`, peer: `${round(peer)} ms` };
    return { figure: stowage / peer, sides, driver: 'node', rounds, note: 'the peer is `node empty.ts`, to its end' };
  },
};
