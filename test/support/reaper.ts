/**
 * Runs beside a test process and outlives it, however that ends: reads from stdin what was started and made, and when
 * stdin closes it kills what still runs, detaches what is still mounted, and removes what still lies there.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

/** A line for the reaper. `name`: the id of a process group, or the path of a folder. */
export interface Note {
  readonly act: 'watch' | 'forget';
  readonly kind: 'group' | 'folder';
  readonly name: string;
}

export function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // ESRCH: the group has ended by itself
  }
}

/** Removes a folder with everything in it; what is mounted below it is detached before, the deepest first. */
export function removeFolder(path: string): void {
  if (!existsSync(path)) return;
  const below = `${realpathSync(path)}/`;
  const mounts = existsSync('/proc/self/mounts') ? readFileSync('/proc/self/mounts', 'utf8').split('\n') : [];
  const points = mounts.map((line) => line.split(' ')[1] ?? '').filter((point) => point.startsWith(below));
  for (const point of points.sort((a, b) => b.length - a.length)) spawnSync('umount', ['-l', point]);
  rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

async function reap(): Promise<void> {
  const watched = { group: new Set<string>(), folder: new Set<string>() };
  for await (const line of createInterface({ input: process.stdin })) {
    const { act, kind, name } = JSON.parse(line) as Note;
    if (act === 'watch') watched[kind].add(name);
    else watched[kind].delete(name);
  }
  for (const pid of watched.group) killGroup(Number(pid));
  if (watched.group.size > 0) await sleep(300); // so that nobody writes any more
  for (const path of watched.folder) removeFolder(path);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await reap();
