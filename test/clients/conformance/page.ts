/** What a run of a suite has shown. */
export interface SuiteReport {
  readonly title: string;
  readonly source: string;
  readonly passed: number;
  /** Cases that were left out, by reason. */
  readonly left: readonly { readonly why: string; readonly count: number }[];
  readonly output: string;
}

const intro = `# Conformance

Written by \`npm run test:clients\`, which builds both conformance suites of the OCI distribution spec and runs each against a
new server. Before that two repositories are made, as ECR wants it, and the account setting \`BLOB_MOUNTING\` is enabled. A
case that fails, or one that is left out for a reason which is not given here, fails the run.
`;

/** The page docs/conformance.md. The rewritten suite itself counts a case more or less from run to run. */
export function conformancePage(reports: readonly SuiteReport[]): string {
  return [intro, ...reports.map(section)].join('\n');
}

function section({ title, source, passed, left, output }: SuiteReport): string {
  const skipped = left.reduce((sum, { count }) => sum + count, 0);
  const rows = left.map(({ why, count }) => `| ${count} | ${why} |`);
  return [
    `## ${title}`,
    '',
    `\`${source}\``,
    '',
    `${passed} passed, 0 failed, ${skipped} left out.`,
    '',
    '| left out | why |',
    '|---:|---|',
    ...rows,
    '',
    ...summary(output),
  ].join('\n');
}

/** The suite's own list of what it found, where it gives one. */
function summary(output: string): string[] {
  const lines = [...output.matchAll(/^ {2}([A-Z][^.\n:]*?)\.{2,}: +(Pass|Skip|FAIL|Error|Disabled)$/gm)];
  if (lines.length === 0) return [];
  return ['| of the spec | result |', '|---|---|', ...lines.map(([, what, result]) => `| ${what} | ${result} |`), ''];
}
