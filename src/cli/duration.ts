import { UsageError } from './command.ts';

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration as it is written on a command line, in milliseconds. @throws UsageError. */
export function readDuration(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const each = units[unit];
  if (each === undefined) throw new UsageError(`"${text}" is not a duration, as in 30m, 12h or 90d.`);
  return Number(count) * each;
}
