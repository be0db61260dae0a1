/** `npm run bench`: Stowage and CNCF Distribution side by side on this machine. docs/performance.md says how. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { checkout } from '../test/support/stowage.ts';
import { document } from './document.ts';
import { describeMachine } from './machine.ts';
import { readOptions, usage, UsageError, type Options } from './options.ts';
import { choosePeer } from './peer.ts';
import { notes, progress, table, type Line } from './report.ts';
import type { Bench } from './scenario.ts';
import { scenarios } from './scenarios/index.ts';
import { startPair, type Pair } from './subjects.ts';

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

async function runAll(options: Options, words: readonly string[]): Promise<void> {
  const peer = choosePeer(options.peer);
  const machine = await describeMachine();
  say(`Stowage beside CNCF Distribution ${peer}; ${options.rounds} rounds of ${options.seconds} s each\n`);
  let pair: Promise<Pair> | undefined;
  const bench: Bench = {
    rounds: options.rounds,
    seconds: options.seconds,
    peer,
    pair: async () => await (pair ??= startPair(peer)),
  };
  const lines: Line[] = [];
  try {
    for (const scenario of options.scenarios) {
      const line = { scenario, result: await scenario.run(bench) };
      lines.push(line);
      say(progress(line, peer));
    }
  } finally {
    const started = await pair?.catch(() => undefined);
    await Promise.all([started?.stowage.close(), started?.peer.close()]);
  }
  say(`\n${table(lines, peer)}\n`);
  for (const note of notes(lines)) say(note);
  if (!options.write) return;
  const { rounds, seconds } = options;
  const left = scenarios.filter((scenario) => !options.scenarios.includes(scenario));
  lines.push(
    ...left.map((scenario) => ({ scenario, result: { skipped: 'it takes long and runs by its name or with `all`' } })),
  );
  const page = document({ lines, peer, machine, rounds, seconds, words, date: new Date() });
  writeFileSync(join(checkout, 'docs', 'performance.md'), page);
}

try {
  const words = process.argv.slice(2);
  await runAll(readOptions(words, scenarios), words);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${usage}\n`);
  process.exitCode = 2;
}
