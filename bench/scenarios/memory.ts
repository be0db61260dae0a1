/** What is left in memory after all that ran before; so it is the last. */
import { residentMegabytes } from '../process-usage.ts';
import { round } from '../report.ts';
import { atMost, type Scenario } from '../scenario.ts';

export const memory: Scenario = {
  name: 'memory',
  title: 'resident memory after all of the above',
  target: atMost(400, 250, 'MB'),
  async run(bench) {
    const { stowage, peer } = await bench.pair();
    const [figure, other] = [residentMegabytes(stowage.pid), residentMegabytes(peer.pid)];
    const sides = { stowage: `${round(figure)} MB`, peer: `${round(other)} MB` };
    return { figure, sides, driver: '/proc', rounds: 1 };
  },
};
