/** This project's engine against the verdicts of another one, which was written by others. */
import { stdout } from 'node:process';
import { beforeAll, expect, test } from 'vitest';
import type { OracleCase, Verdict } from './case.ts';
import { generateCases, hashOf, readCorpus } from './corpus.ts';
import { knownDifferences } from './explained.ts';
import { decideCase, verdictOf } from './ours.ts';

interface Judged {
  readonly one: OracleCase;
  readonly ours: Verdict;
  readonly theirs: Verdict;
  readonly known: string | undefined;
}

const { engine, cases: hash, verdicts } = readCorpus();
const judged: Judged[] = [];

beforeAll(() => {
  const cases = generateCases(verdicts.length);
  // after a change of the generator: node test/oracle/record.ts
  expect(hashOf(cases), 'the cases are no longer those that the verdicts are about').toBe(hash);
  for (const [index, one] of cases.entries()) {
    const [ours, theirs] = [verdictOf(decideCase(one)), verdicts[index] ?? 'I'];
    const rule = ours === theirs ? undefined : knownDifferences.find(({ explains }) => explains(one, ours, theirs));
    judged.push({ one, ours, theirs, known: rule?.name });
  }
});

test('the corpus has all kinds of verdicts in numbers that say something', () => {
  expect(verdicts.length).toBeGreaterThanOrEqual(20_000);
  for (const verdict of ['A', 'E', 'I'] as const) {
    expect(verdicts.filter((one) => one === verdict).length).toBeGreaterThan(verdicts.length / 6);
  }
});

test('no difference is unexplained', () => {
  const unexplained = judged
    .filter(({ ours, theirs, known }) => ours !== theirs && known === undefined)
    .map(({ one, ours, theirs }) => `ours ${ours}, theirs ${theirs}: ${JSON.stringify(one)}`)
    .toSorted((a, b) => a.length - b.length);
  expect(unexplained.slice(0, 5)).toEqual([]);
});

test('each known difference is there, and all together are few', () => {
  const counts = knownDifferences.map(
    ({ name }) => [name, judged.filter(({ known }) => known === name).length] as const,
  );
  const explained = judged.filter(({ known }) => known !== undefined).length;
  const lines = counts.map(([name, count]) => `${String(count).padStart(5)}  ${name}`);
  stdout.write([`${judged.length} cases of ${engine}, ${explained} explained differences:`, ...lines, ''].join('\n'));
  expect(counts.filter(([, count]) => count === 0)).toEqual([]);
  expect(explained).toBeLessThan(judged.length / 20);
});
