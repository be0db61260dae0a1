/** Many connections that send the same request again and again, spoken by the lean client. */
import type { Served } from '../subjects.ts';
import type { Answer } from './answer-parser.ts';
import { Connection, type ReadSize, type Wire } from './connection.ts';
import { quantile, type Counted } from './sample.ts';

export interface SameRequest {
  readonly wire: Wire;
  readonly connections: number;
  readonly seconds: number;
  readonly readSize?: ReadSize | undefined;
}

/** Callbacks and not promises: at forty thousand answers a second a promise for each would be most of the client's work. */
export async function driveSameRequest(
  server: Served,
  { wire, connections, seconds, readSize }: SameRequest,
): Promise<Counted> {
  const opened = await Promise.all(Array.from({ length: connections }, () => Connection.open(server, readSize)));
  const latencies: number[] = [];
  const start = performance.now();
  const end = start + seconds * 1000;
  try {
    await Promise.all(
      opened.map(
        (connection) =>
          new Promise<void>((resolve, reject) => {
            let began = start;
            const done = (answer: Answer): void => {
              if (answer.status !== 200) return reject(new Error(`${server.name} answered ${answer.status}`));
              const now = performance.now();
              latencies.push(now - began);
              if (now >= end) return resolve();
              began = now;
              connection.send(wire, done, reject);
            };
            connection.send(wire, done, reject);
          }),
      ),
    );
    const taken = (performance.now() - start) / 1000;
    return { operations: latencies.length, seconds: taken, p99: quantile(latencies, 0.99) };
  } finally {
    for (const connection of opened) connection.close();
  }
}
