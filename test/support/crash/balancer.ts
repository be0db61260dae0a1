/**
 * Hands every request to one of several nodes by chance, as a load balancer does. An answer of 503 is cut off: whether
 * what was asked has been done is not known then, which is just what clients of the load note of an answer that never came.
 */
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Balancer {
  readonly url: string;
  /** Answers of 503 so far. */
  cut(): number;
  close(): Promise<void>;
}

export async function startBalancer(ports: readonly number[], random: (limit: number) => number): Promise<Balancer> {
  let cut = 0;
  const server = createServer((from, to) => {
    const { method, url: path, headers } = from;
    const port = ports[random(ports.length)];
    const breakOff = (): void => void from.socket.destroy();
    const out = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (answer) => {
      answer.on('error', breakOff);
      if (answer.statusCode === 503) {
        cut += 1;
        breakOff();
        return;
      }
      to.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(to);
    });
    out.on('error', breakOff);
    from.on('error', () => out.destroy());
    from.pipe(out);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: () => cut,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
