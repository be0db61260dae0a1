import { parseArgs } from 'node:util';
import { peerVersions, type PeerVersion } from './peer.ts';
import type { Scenario } from './scenario.ts';

export interface Options {
  readonly scenarios: readonly Scenario[];
  readonly rounds: number;
  readonly seconds: number;
  readonly peer: PeerVersion | undefined;
  /** Whether the results go to docs/performance.md. */
  readonly write: boolean;
}

export const usage = `npm run bench -- [SCENARIO…] [--rounds N] [--seconds S] [--peer 3.1.2|2.8.2] [--write]

Without a name every scenario runs but those that take long; all is those too. A name may be the beginning of several.
--write, with no other names, writes docs/performance.md.`;

/** A mistake on the command line. */
export class UsageError extends Error {}

function positive(name: string, text: string): number {
  const number = Number(text);
  if (Number.isFinite(number) && number > 0) return number;
  throw new UsageError(`--${name} wants a number above 0, not ${text}`);
}

function isPeerVersion(text: string): text is PeerVersion {
  return (peerVersions as readonly string[]).includes(text);
}

function choose(all: readonly Scenario[], names: readonly string[], write: boolean): Scenario[] {
  if (names.length === 1 && names[0] === 'all') return [...all];
  if (names.length === 0) return all.filter(({ long }) => long !== true);
  if (write) throw new UsageError('--write wants every scenario, and so none by name');
  const chosen = new Set<Scenario>();
  for (const name of names) {
    const exact = all.filter((scenario) => scenario.name === name);
    const found = exact.length > 0 ? exact : all.filter((scenario) => scenario.name.startsWith(name));
    if (found.length === 0) {
      throw new UsageError(`there is no scenario ${name}; there are ${all.map((one) => one.name).join(', ')}`);
    }
    for (const scenario of found) chosen.add(scenario);
  }
  return all.filter((scenario) => chosen.has(scenario));
}

export function readOptions(args: readonly string[], all: readonly Scenario[]): Options {
  const { values, positionals } = parse(args);
  const { rounds = '5', seconds = '1', peer, write = false } = values;
  if (peer !== undefined && !isPeerVersion(peer)) {
    throw new UsageError(`--peer is one of ${peerVersions.join(', ')}, not ${peer}`);
  }
  const scenarios = choose(all, positionals, write);
  return {
    scenarios,
    rounds: Math.ceil(positive('rounds', rounds)),
    seconds: positive('seconds', seconds),
    peer,
    write,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        peer: { type: 'string' },
        write: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
