/** Figures of the crash tests: printed, and written as JSON where STOWAGE_DURABILITY_REPORT names a file. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Adds a test's figures to those that other tests have reported to the same file. */
export function reportFigures(test: string, figures: object): void {
  process.stdout.write(`${test}: ${JSON.stringify(figures)}\n`);
  const file = process.env['STOWAGE_DURABILITY_REPORT'];
  if (file === undefined) return;
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as object) : {};
  writeFileSync(file, `${JSON.stringify({ ...before, [test]: figures }, undefined, 2)}\n`);
}
