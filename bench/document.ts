/** docs/performance.md, written by `npm run bench -- --write`. */
import type { Machine } from './machine.ts';
import type { PeerVersion } from './peer.ts';
import { judge, notes, table, type Line } from './report.ts';

export interface Run {
  readonly lines: readonly Line[];
  readonly peer: PeerVersion;
  readonly machine: Machine;
  readonly rounds: number;
  readonly seconds: number;
  /** Words of the command line. */
  readonly words: readonly string[];
  readonly date: Date;
}

const method = `
Stowage runs as anybody starts it, on a data folder of its own: every request with a login token that is checked and a
decision that is made, everything encrypted at rest, every write on disk before it is answered. Beside it on the same
machine and file system runs CNCF Distribution with files, descriptors cached in memory, no access log, no authentication
and no encryption. Both are asked on loopback, by the same client, which shares the processor with them.

- Rounds alternate: Stowage, peer, Stowage, peer. The first of each does not count. A figure is the median of the rounds,
  a ratio that of two medians. Absolute rates move with the machine; ratios are what to trust, and CPU per operation.
- \`wrk\` (one thread) sends GETs of small things where it is installed. Everything else, and everything where it is not, is
  sent by a lean client in Node (\`bench/drivers/\`) on raw connections. The table names the driver.
- A push is what clients do: HEAD, POST, PATCH and PUT for each layer and the config, then the manifest under a tag. No
  content comes twice. A pull is the manifest and every layer.
- CPU is the server process's own, user and system, from /proc; two figures with a stroke between are Stowage / peer.
- p99 is over the operations of a round. Memory is what is resident at the end.
- The peer of DescribeRepositories is moto_server, that of the start is a Node that runs an empty file, that of the million
  images is a Stowage with next to nothing in it.
`;

const busy = `
**The machine had other work before this run** (see its load average), and may have had it in the run. Then every server
waits for the processor, the one that works on one thread more than the one that works on many, and client and server wait for each other: rates and p99 say
little, and the ratio of rates is lower than on a quiet machine. The columns of CPU are what to read.
`;

function missed({ lines, peer }: Run): string {
  const below = lines.filter(
    ({ scenario, result }) => !('skipped' in result) && judge(scenario.target, peer, result.figure) === 'below',
  );
  if (below.length === 0) return 'Every floor was reached.';
  const names = below.map(({ scenario }) => `- ${scenario.title}`);
  return `**Not reached in this run:**\n\n${names.join('\n')}`;
}

/** The page, from a finished run. */
export function document(run: Run): string {
  const { lines, peer, machine, rounds, seconds, words, date } = run;
  const said = notes(lines).map((note) => `- ${note}`);
  return [
    '# Performance',
    '',
    `Written by \`npm run bench${words.length > 0 ? ` -- ${words.join(' ')}` : ''}\` on ${date.toISOString().slice(0, 10)}.`,
    `Beside it: CNCF Distribution ${peer}. Rounds: ${rounds} of ${seconds} s for each server and load.`,
    '`npm run bench -- SCENARIO` runs one again, `npm run bench -- --write` writes this page anew.',
    '',
    '| | |',
    '|---|---|',
    ...machine.facts.map(([name, value]) => `| ${name} | ${value} |`),
    '',
    '## Figures',
    ...(machine.isBusy ? [busy] : ['']),
    'The floor is what Stowage is held to against this peer, the aim what it strives for.',
    '',
    table(lines, peer),
    '',
    ...(said.length > 0 ? [...said, ''] : []),
    missed(run),
    '',
    '## How it is measured',
    method,
  ].join('\n');
}
