/** What a process has used, from /proc. */
import { readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second everywhere (USER_HZ). */
const ticksPerSecond = 100;

/** Processor seconds of a process and its threads so far, user and system. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // the name, second, is in brackets and may hold spaces
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Resident memory in MB (10^6 bytes). */
export function residentMegabytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  if (kibibytes === undefined) throw new Error(`process ${pid} has no resident memory`);
  return (Number(kibibytes) * 1024) / 1e6;
}
