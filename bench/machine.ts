/** What the figures were taken on. */
import { readFileSync, realpathSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, tmpdir, totalmem, type } from 'node:os';
import { versions } from 'node:process';
import { run } from '../test/support/process.ts';

export interface Machine {
  /** Name → value, in the order in which they are shown. */
  readonly facts: readonly (readonly [string, string])[];
  /** Whether other work wanted the processor as well when the run began. */
  readonly isBusy: boolean;
}

/** The type of the file system that holds both servers' folders. */
function fileSystem(): string {
  const folder = `${realpathSync(tmpdir())}/`;
  const mounts = readFileSync('/proc/self/mounts', 'utf8').trim().split('\n');
  let found = { point: '', kind: 'unknown' };
  for (const mount of mounts) {
    const [, point = '', kind = ''] = mount.split(' ');
    const prefix = point.endsWith('/') ? point : `${point}/`;
    if (folder.startsWith(prefix) && prefix.length >= found.point.length) found = { point: prefix, kind };
  }
  return found.kind;
}

async function versionOf(command: string, ...words: string[]): Promise<string> {
  const { stdout, stderr } = await run(command, words);
  // wrk ends with 1 after its version, and a command that is not there says so on stderr
  return /\d+(\.\d+)+/.exec(stdout)?.[0] ?? (stderr.includes('ENOENT') ? 'not there' : 'unknown');
}

export async function describeMachine(): Promise<Machine> {
  const [cpu] = cpus();
  const [now = 0, ...before] = loadavg();
  const load = [now, ...before].map((value) => value.toFixed(1));
  return {
    isBusy: now > availableParallelism() / 2,
    facts: [
      ['processor', `${cpu?.model ?? 'unknown'}, ${availableParallelism()} cores`],
      ['memory', `${Math.round(totalmem() / 1e9)} GB`],
      ['system', `${type()} ${release()}, folders on ${fileSystem()}`],
      ['Node', `${versions.node} (OpenSSL ${versions.openssl}, SQLite ${versions['sqlite'] ?? 'unknown'})`],
      ['wrk', await versionOf('wrk', '-v')],
      ['skopeo', await versionOf('skopeo', '--version')],
      ['load average before the run', load.join(', ')],
    ],
  };
}
