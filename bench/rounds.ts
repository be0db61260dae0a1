/** Both servers by turns, so that what else the machine does meets both. */
import type { Sample } from './drivers/sample.ts';
import type { Bench, Compared, Result } from './scenario.ts';
import type { Subject } from './subjects.ts';

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  if (!Number.isInteger(middle)) return sorted[Math.floor(middle)] ?? Number.NaN;
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

const medianSample = (samples: readonly Sample[]): Sample => ({
  rate: median(samples.map(({ rate }) => rate)),
  p99: median(samples.map(({ p99 }) => p99)),
  cpu: median(samples.map(({ cpu }) => cpu)),
});

/** What is measured of either server. */
export interface Measured<Server> {
  readonly bench: Bench;
  readonly driver: string;
  readonly measure: (server: Server, seconds: number) => Promise<Sample>;
}

/** A first round of each does not count: caches fill and code is compiled in it. */
export async function alternatePair<Server>(measured: Measured<Server>, pair: [Server, Server]): Promise<Result> {
  const { bench, driver, measure } = measured;
  const [stowage, peer] = pair;
  for (const server of pair) await measure(server, bench.seconds);
  const samples = { stowage: [] as Sample[], peer: [] as Sample[] };
  for (let round = 0; round < bench.rounds; round += 1) {
    samples.stowage.push(await measure(stowage, bench.seconds));
    samples.peer.push(await measure(peer, bench.seconds));
  }
  const compared: Compared = { stowage: medianSample(samples.stowage), peer: medianSample(samples.peer) };
  return { figure: compared.stowage.rate / compared.peer.rate, compared, driver, rounds: bench.rounds };
}

/** The two registries of the bench, each prepared before anything is measured. */
export async function alternate(
  measured: Measured<Subject> & { prepare(subject: Subject): Promise<void> },
): Promise<Result> {
  const { stowage, peer } = await measured.bench.pair();
  for (const subject of [stowage, peer]) await measured.prepare(subject);
  return await alternatePair(measured, [stowage, peer]);
}
