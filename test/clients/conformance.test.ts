/** Both conformance suites of the OCI distribution spec; the run writes docs/conformance.md. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { goTools, missingGoTool } from '../support/go-tools.ts';
import { checkout } from '../support/stowage.ts';
import { conformancePage, type SuiteReport } from './conformance/page.ts';
import { rewritten, runSuite, stable, type SuiteRun } from './conformance/suite.ts';

/** Why a case may be left out; one that no line names fails the test. */
const reasons = [
  {
    of: /\/blob-delete$|Blob delete/,
    why: 'ECR offers no deletion of a blob: it goes with the last image that uses it. The answer is 405.',
  },
  { of: /\/tag-delete$/, why: 'The suite leaves out the tags of an image whose manifest it has deleted before.' },
  {
    of: /mount anonymous/,
    why: 'A mount names the repository that it takes from; without one the answer is an upload, as the spec allows.',
  },
  {
    of: /Cross-Repository Blob Mount/,
    why: 'The suite asks for these only where a registry says how it finds blobs by itself; Stowage never does.',
  },
  {
    of: /range 500-0$/,
    why: 'The suite leaves out a range that ends before it begins where it is ignored and the whole blob sent (RFC 9110 §14.2).',
  },
  { of: /from environment|\(no push\)/, why: 'The set-up of a run against a registry that one may only read.' },
];

const reports: SuiteReport[] = [];

function judge(title: string, tool: 'conformance' | 'conformance-1.1', { cases, exitCode, output }: SuiteRun): void {
  const failed = cases.filter((one) => one.state === 'failed');
  expect(failed, output.slice(-4000)).toEqual([]);
  expect(exitCode).toBe(0);
  const left = cases.filter((one) => one.state !== 'passed');
  const counts = new Map<string, number>();
  for (const { name } of left) {
    const why = reasons.find(({ of }) => of.test(name))?.why;
    if (why === undefined) throw new Error(`no reason is known for leaving out '${name}'`);
    counts.set(why, (counts.get(why) ?? 0) + 1);
  }
  const { module, version } = goTools[tool];
  const passed = cases.length - left.length;
  reports.push({
    title,
    source: `${module}@${version}`,
    passed,
    left: [...counts].map(([why, count]) => ({ why, count })),
    output,
  });
}

describe.skipIf(missingGoTool('conformance') !== undefined)('the conformance suite', () => {
  test('of version 1.1 fails nowhere', async () => {
    const done = await runSuite(stable);
    expect(done.cases.length).toBeGreaterThan(78);
    judge('The suite of version 1.1', 'conformance-1.1', done);
  });

  test('as it was rewritten fails nowhere, with all turned on that is optional', async () => {
    const done = await runSuite(rewritten);
    expect(done.cases.length).toBeGreaterThan(780);
    judge('The rewritten suite, `OCI_VERSION=dev`', 'conformance', done);
  });

  afterAll(() => {
    if (reports.length === 2) writeFileSync(join(checkout, 'docs', 'conformance.md'), conformancePage(reports));
  });
});
