/** What a registry does all day: of ten operations seven pull an image, two push one, one lists tags. */
import { mediaTypes, blobsOf } from '../../test/support/images.ts';
import { Images } from '../content.ts';
import { Connection } from '../drivers/connection.ts';
import { Pusher } from '../drivers/pushes.ts';
import { wireOf } from '../drivers/requests.ts';
import { repeat, sample, type Sample } from '../drivers/sample.ts';
import { pulled, pulledTag, withImage, withTags } from '../fixtures.ts';
import { alternate } from '../rounds.ts';
import { times, type Scenario } from '../scenario.ts';
import type { Subject } from '../subjects.ts';

const clients = 16;
const images = new Images({ seed: 'mixed', layers: 8, size: 1000 });
const acts = ['pull', 'pull', 'push', 'pull', 'pull', 'list', 'pull', 'push', 'pull', 'pull'] as const;

/** One client with its connection and its place in the order of acts, in which no two clients stand at the same. */
class Client {
  readonly #subject: Subject;
  readonly #connection: Connection;
  readonly #pusher: Pusher;
  #next: number;

  constructor(subject: Subject, connection: Connection, first: number) {
    this.#subject = subject;
    this.#connection = connection;
    this.#pusher = new Pusher(subject, connection, 'bench/push');
    this.#next = first;
  }

  async act(): Promise<void> {
    const act = acts[this.#next++ % acts.length];
    if (act === 'push') return await this.#pusher.push(images.next());
    if (act === 'list') return await this.#get('/v2/bench/tags/tags/list?n=1000');
    await this.#get(`/v2/bench/pull/manifests/${pulledTag}`, [`Accept: ${mediaTypes.ociManifest}`]);
    for (const { digest } of blobsOf(pulled)) await this.#get(`/v2/bench/pull/blobs/${digest}`);
  }

  async #get(target: string, headers: readonly string[] = []): Promise<void> {
    const { status } = await this.#connection.ask(wireOf(this.#subject, { method: 'GET', target, headers }));
    if (status !== 200) throw new Error(`${this.#subject.name} answered ${status} to ${target}`);
  }
}

async function measure(subject: Subject, seconds: number): Promise<Sample> {
  const opened = await Promise.all(Array.from({ length: clients }, () => Connection.open(subject)));
  const all = opened.map((connection, index) => new Client(subject, connection, index));
  try {
    return await sample(subject, async () => await repeat(clients, seconds, async (index) => await all[index]?.act()));
  } finally {
    for (const connection of opened) connection.close();
  }
}

export const mixed: Scenario = {
  name: 'mixed-16',
  title: 'mixed: 70 % pull, 20 % push, 10 % list, 16 clients',
  target: times(6, 14, 8),
  async run(bench) {
    const prepare = async (subject: Subject): Promise<void> => {
      await withImage(subject);
      await withTags(subject);
    };
    return await alternate({ bench, driver: 'node', prepare, measure });
  },
};
