/** Whole images that nobody has seen before, pushed one after the other by each of some clients. */
import { Images } from '../content.ts';
import { Connection } from '../drivers/connection.ts';
import { Pusher } from '../drivers/pushes.ts';
import { repeat, sample } from '../drivers/sample.ts';
import { withRepositories } from '../fixtures.ts';
import { alternate } from '../rounds.ts';
import { times, type Scenario, type Target } from '../scenario.ts';
import type { Subject } from '../subjects.ts';

interface Push {
  readonly name: string;
  readonly title: string;
  readonly target: Target;
  readonly layers: number;
  readonly size: number;
  readonly clients: number;
}

function push({ name, title, target, layers, size, clients }: Push): Scenario {
  return {
    name,
    title,
    target,
    async run(bench) {
      const images = new Images({ seed: name, layers, size });
      const measure = async (subject: Subject, seconds: number) => {
        const opened = await Promise.all(Array.from({ length: clients }, () => Connection.open(subject)));
        const pushers = opened.map((connection) => new Pusher(subject, connection, 'bench/push'));
        try {
          return await sample(
            subject,
            async () => await repeat(clients, seconds, async (client) => await pushers[client]?.push(images.next())),
          );
        } finally {
          for (const connection of opened) connection.close();
        }
      };
      return await alternate({ bench, driver: 'node', prepare: withRepositories, measure });
    },
  };
}

const small = { layers: 8, size: 1000 };
const large = { layers: 1, size: 100_000_000 };

export const pushes: readonly Scenario[] = [
  push({
    name: 'push-1k-1',
    title: 'push 8 layers × 1 kB, 1 at once',
    target: times(4.5, 11, 5),
    clients: 1,
    ...small,
  }),
  push({
    name: 'push-1k-16',
    title: 'push 8 layers × 1 kB, 16 at once',
    target: times(4.5, 10, 6),
    clients: 16,
    ...small,
  }),
  push({
    name: 'push-1m-4',
    title: 'push 4 layers × 1 MB, 4 at once',
    target: times(1.6, 3.1, 2),
    layers: 4,
    size: 1_000_000,
    clients: 4,
  }),
  push({ name: 'push-100m-1', title: 'push 100 MB, 1 at once', target: times(1, 1.8, 1.4), clients: 1, ...large }),
  push({ name: 'push-100m-4', title: 'push 100 MB, 4 at once', target: times(1, 1.2, 1.4), clients: 4, ...large }),
];
