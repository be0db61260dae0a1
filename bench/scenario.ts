/** What a scenario is, and what comes out of it. */
import type { Sample } from './drivers/sample.ts';
import type { PeerVersion } from './peer.ts';
import type { Pair } from './subjects.ts';

/** The figure to reach, and the one hoped for. Without an aim none was set against this peer. */
export interface Goal {
  readonly floor: number;
  readonly aim?: number | undefined;
}

/** Where the figure has to lie: a ratio at least, or a ratio or an amount at most. */
export interface Target {
  readonly direction: 'at least' | 'at most';
  readonly unit: '×' | 'MB' | 'µs';
  readonly against: Readonly<Record<PeerVersion, Goal>>;
}

/** How many times the peer: the floor and the aim against 3.1.2, and the floor against 2.8.2. */
export function times(floor: number, aim: number, floorOfDebian: number): Target {
  const against = { '3.1.2': { floor, aim }, '2.8.2': { floor: floorOfDebian } };
  return { direction: 'at least', unit: '×', against };
}

/** What must not be exceeded, whichever peer there is. */
export function atMost(floor: number, aim: number, unit: Target['unit']): Target {
  return { direction: 'at most', unit, against: { '3.1.2': { floor, aim }, '2.8.2': { floor, aim } } };
}

/** How both did: medians over the rounds. */
export interface Compared {
  readonly stowage: Sample;
  readonly peer: Sample;
}

export interface Result {
  /** What the target speaks of. */
  readonly figure: number;
  readonly compared?: Compared | undefined;
  /** Both sides in words where they are no samples: `94 ms`. */
  readonly sides?: { readonly stowage: string; readonly peer: string } | undefined;
  readonly driver: string;
  readonly rounds: number;
  /** A line below the table. */
  readonly note?: string | undefined;
}

export interface Skipped {
  readonly skipped: string;
}

/** What scenarios are given. The pair starts when the first one asks for it, and stays for all. */
export interface Bench {
  readonly rounds: number;
  readonly seconds: number;
  readonly peer: PeerVersion;
  pair(): Promise<Pair>;
}

export interface Scenario {
  /** As it is asked for: `manifest-get-tag-16`. */
  readonly name: string;
  readonly title: string;
  readonly target: Target;
  /** Runs only when it is asked for by name. */
  readonly long?: boolean;
  run(bench: Bench): Promise<Result | Skipped>;
}
