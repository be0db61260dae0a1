import { cpuSeconds } from '../process-usage.ts';
import type { Served } from '../subjects.ts';

/** One round of one server. */
export interface Sample {
  /** Operations a second. */
  readonly rate: number;
  /** Milliseconds of one operation that 99 of 100 stay below. */
  readonly p99: number;
  /** Processor milliseconds of the server for one operation. */
  readonly cpu: number;
}

/** What a driver counted. */
export interface Counted {
  readonly operations: number;
  readonly seconds: number;
  readonly p99: number;
}

/** Runs a driver and takes the server's processor time around it. */
export async function sample(server: Served, drive: () => Promise<Counted>): Promise<Sample> {
  const before = cpuSeconds(server.pid);
  const { operations, seconds, p99 } = await drive();
  const cpu = cpuSeconds(server.pid) - before;
  if (operations === 0) throw new Error(`${server.name} ended no operation in ${seconds} s`);
  return { rate: operations / seconds, p99, cpu: (cpu * 1000) / operations };
}

/** The value that `share` of the values stay at or below. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/**
 * Runs `act` over and over in `workers` parallel chains for `seconds`, each at least once. An operation that ends after
 * that is waited for and counted, with the time that it took: of long operations only few fit.
 */
export async function repeat(
  workers: number,
  seconds: number,
  act: (worker: number) => Promise<void>,
): Promise<Counted> {
  const latencies: number[] = [];
  const start = performance.now();
  const end = start + seconds * 1000;
  const chain = async (worker: number): Promise<void> => {
    do {
      const began = performance.now();
      await act(worker);
      latencies.push(performance.now() - began);
    } while (performance.now() < end);
  };
  await Promise.all(Array.from({ length: workers }, (_, worker) => chain(worker)));
  const taken = (performance.now() - start) / 1000;
  return { operations: latencies.length, seconds: taken, p99: quantile(latencies, 0.99) };
}
