/** wrk, one thread, where it is installed: it costs less than any client written here. It cannot send HEAD. */
import { spawnSync } from 'node:child_process';
import { cleanEnv, runOk } from '../../test/support/process.ts';
import type { Counted } from './sample.ts';

let isThere: boolean | undefined;

export function hasWrk(): boolean {
  isThere ??= spawnSync('wrk', ['-v'], { env: cleanEnv() }).error === undefined;
  return isThere;
}

export interface WrkLoad {
  readonly url: string;
  readonly headers: readonly string[];
  readonly connections: number;
  readonly seconds: number;
  /** A script in Lua, for requests that are no GET. */
  readonly script?: string | undefined;
}

const millisecondsIn: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000 };

/** What wrk printed; throws where an answer was no success, or a connection broke. */
export function parseWrk(text: string): Counted {
  const [, operations, seconds] = /^\s*(\d+) requests in ([\d.]+)s/m.exec(text) ?? [];
  const [, value, unit] = /^\s*99%\s+([\d.]+)(us|ms|s|m)$/m.exec(text) ?? [];
  const trouble = /^\s*(Non-2xx or 3xx responses|Socket errors):.*$/m.exec(text)?.[0];
  if (trouble !== undefined) throw new Error(`wrk: ${trouble.trim()}`);
  if (operations === undefined || seconds === undefined || value === undefined || unit === undefined) {
    throw new Error(`wrk printed nothing that can be read:\n${text}`);
  }
  const p99 = Number(value) * (millisecondsIn[unit] ?? Number.NaN);
  return { operations: Number(operations), seconds: Number(seconds), p99 };
}

export async function driveWrk({ url, headers, connections, seconds, script }: WrkLoad): Promise<Counted> {
  const words = ['-t1', `-c${connections}`, `-d${Math.ceil(seconds)}s`, '--latency'];
  if (script !== undefined) words.push('-s', script);
  for (const header of headers) words.push('-H', header);
  return parseWrk(await runOk('wrk', [...words, url]));
}
