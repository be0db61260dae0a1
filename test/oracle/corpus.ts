/** The verdicts that are kept: of the cases of the seeds from 1 on, a letter each. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OracleCase, Verdict } from './case.ts';
import { generateCase } from './generate.ts';

interface Corpus {
  /** Who gave the verdicts. */
  readonly engine: string;
  /** SHA-256 of the cases: without the same cases the verdicts say nothing. */
  readonly cases: string;
  /** Hundred letters a line. */
  readonly verdicts: readonly string[];
}

const path = join(import.meta.dirname, 'verdicts.json');

/** The cases of the seeds from 1 up to `count`. */
export const generateCases = (count: number): OracleCase[] =>
  Array.from({ length: count }, (_, index) => generateCase(index + 1));

export function hashOf(cases: readonly OracleCase[]): string {
  const hash = createHash('sha256');
  for (const one of cases) hash.update(`${JSON.stringify(one)}\n`);
  return hash.digest('hex');
}

export function readCorpus(): { engine: string; cases: string; verdicts: readonly Verdict[] } {
  const { engine, cases, verdicts } = JSON.parse(readFileSync(path, 'utf8')) as Corpus;
  return { engine, cases, verdicts: verdicts.join('').split('') as Verdict[] };
}

export function writeCorpus(engine: string, cases: readonly OracleCase[], verdicts: string): void {
  const lines = Array.from({ length: Math.ceil(verdicts.length / 100) }, (_, line) =>
    verdicts.slice(line * 100, (line + 1) * 100),
  );
  const corpus: Corpus = { engine, cases: hashOf(cases), verdicts: lines };
  writeFileSync(path, `${JSON.stringify(corpus, undefined, 2)}\n`);
}
