/** Results as a table, for the terminal and for docs/performance.md. */
import type { PeerVersion } from './peer.ts';
import type { Result, Scenario, Skipped, Target } from './scenario.ts';

export interface Line {
  readonly scenario: Scenario;
  readonly result: Result | Skipped;
}

/** Three figures are all that the noise leaves. */
export function round(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return Number(value.toPrecision(value >= 10 ? 3 : 2)).toString();
}

const words = ({ direction, unit }: Target, value: number): string => {
  const amount = unit === '×' ? round(value) : `${round(value)} ${unit}`;
  return direction === 'at most' ? `≤ ${amount}` : amount;
};

export type Verdict = 'aim' | 'floor' | 'below';

/** Which of its goals a figure reaches. */
export function judge(target: Target, peer: PeerVersion, figure: number): Verdict {
  const { floor, aim } = target.against[peer];
  const reaches = (goal: number): boolean => (target.direction === 'at least' ? figure >= goal : figure <= goal);
  if (aim !== undefined && reaches(aim)) return 'aim';
  return reaches(floor) ? 'floor' : 'below';
}

const columns = [
  'load',
  'Stowage',
  'peer',
  'ratio',
  'floor',
  'aim',
  'reached',
  'p99 ms',
  'CPU ms per operation',
  'CPU ratio',
  'driver',
];

function cells({ scenario, result }: Line, peer: PeerVersion): string[] {
  const { title, target } = scenario;
  const { floor, aim } = target.against[peer];
  const goals = [words(target, floor), aim === undefined ? '' : words(target, aim)];
  if ('skipped' in result) return [title, '', '', '', ...goals, 'not run', '', '', '', ''];
  const { figure, compared, sides, driver } = result;
  const verdict = { aim: 'aim', floor: 'floor', below: '**no**' }[judge(target, peer, figure)];
  const ratio = target.unit === '×' ? round(figure) : '';
  const both = (one: number, other: number): string => `${round(one)} / ${round(other)}`;
  if (compared === undefined) {
    return [title, sides?.stowage ?? '', sides?.peer ?? '', ratio, ...goals, verdict, '', '', '', driver];
  }
  const { stowage, peer: other } = compared;
  return [
    title,
    sides?.stowage ?? `${round(stowage.rate)}/s`,
    sides?.peer ?? `${round(other.rate)}/s`,
    ratio,
    ...goals,
    verdict,
    both(stowage.p99, other.p99),
    both(stowage.cpu, other.cpu),
    round(stowage.cpu / other.cpu),
    driver,
  ];
}

const row = (list: readonly string[]): string => `| ${list.join(' | ')} |`;

/** A Markdown table of all results. */
export function table(lines: readonly Line[], peer: PeerVersion): string {
  const rows = lines.map((line) => row(cells(line, peer)));
  return [row(columns), row(columns.map(() => '---')), ...rows].join('\n');
}

/** What the table cannot say: why something was not run, and what to know of a figure. */
export function notes(lines: readonly Line[]): string[] {
  return lines.flatMap(({ scenario, result }) => {
    if ('skipped' in result) return [`${scenario.title}: not run, ${result.skipped}.`];
    return result.note === undefined ? [] : [`${scenario.title}: ${result.note}.`];
  });
}

/** One line for the terminal while the others still run. */
export function progress({ scenario, result }: Line, peer: PeerVersion): string {
  if ('skipped' in result) return `${scenario.name}: not run, ${result.skipped}`;
  const { floor } = scenario.target.against[peer];
  const figure = `${round(result.figure)} ${scenario.target.unit}`;
  const reached = judge(scenario.target, peer, result.figure) === 'below' ? 'NOT reached' : 'reached';
  const [, stowage, other, , , , , , , cpuRatio] = cells({ scenario, result }, peer);
  const sides = `${stowage} to ${other}${cpuRatio === '' ? '' : `, CPU ${cpuRatio}`}`;
  return `${scenario.name}: ${figure} (${sides}; floor ${words(scenario.target, floor)}: ${reached})`;
}
