/** The policy engine alone: how many requests it decides in a second, one after the other, without a server. */
import { decide, type AccessRequest } from '../../src/domain/iam/policy/decide.ts';
import * as requests from '../policies.ts';
import { round } from '../report.ts';
import { median } from '../rounds.ts';
import { atMost, type Scenario } from '../scenario.ts';

/** Between two looks at the clock. */
const batch = 64;

interface Measured {
  readonly name: string;
  readonly title: string;
  /** Microseconds of one decision. */
  readonly floor: number;
  readonly aim: number;
  /** Requests that are decided in turn, so that none is decided from habit. */
  readonly make: () => readonly AccessRequest[];
}

const measured: readonly Measured[] = [
  { name: 'small', title: 'one inline policy, allowed and denied', floor: 20, aim: 2, make: requests.small },
  {
    name: 'ordinary',
    title: "AWS's pull-only policy, with the repository's policy for another account",
    floor: 50,
    aim: 5,
    make: requests.ordinary,
  },
  {
    name: 'conditions',
    title: '100 statements with conditions on tags and addresses, and a repository policy of 20',
    floor: 1000,
    aim: 50,
    make: requests.conditional,
  },
  {
    name: 'stars',
    title: 'patterns of six stars against a name of 256 characters',
    floor: 1000,
    aim: 100,
    make: requests.stars,
  },
  {
    name: 'account',
    title: '500 users in turn, each with 20 of 10,000 policies in the account, none of which allows',
    floor: 1000,
    aim: 50,
    make: requests.many,
  },
  {
    name: 'all',
    title: 'one user with all of these 10,000 policies',
    floor: 20_000,
    aim: 5000,
    make: requests.all,
  },
];

export const decisions: readonly Scenario[] = measured.map(({ name, title, floor, aim, make }) => ({
  name: `decisions-${name}`,
  title: `decisions: ${title}`,
  target: atMost(floor, aim, 'µs'),
  run: async (bench) => {
    const list = make();
    decideFor(list, Math.min(bench.seconds, 1));
    const rates = Array.from({ length: bench.rounds }, () => decideFor(list, Math.min(bench.seconds, 2)));
    const rate = median(rates);
    const sides = { stowage: `${round(rate)}/s`, peer: 'none' };
    return await Promise.resolve({ figure: 1_000_000 / rate, sides, driver: 'node', rounds: bench.rounds });
  },
}));

/** Decisions a second. */
function decideFor(list: readonly AccessRequest[], seconds: number): number {
  const began = performance.now();
  const end = began + seconds * 1000;
  let count = 0;
  while (performance.now() < end) {
    for (let left = Math.max(1, Math.ceil(batch / list.length)); left > 0; left -= 1) {
      for (const request of list) decide(request);
      count += list.length;
    }
  }
  return (count / (performance.now() - began)) * 1000;
}
