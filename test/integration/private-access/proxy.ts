/** A reverse proxy for HTTP as operators put before a server: it adds to X-Forwarded-For, and hides the host that was asked. */
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ProxyOptions {
  /** URL of what stands behind it. */
  readonly target: string;
  /** The address that it connects from. */
  readonly from: string;
  /** The scheme that it says its clients speak, where another proxy before it has not said so. */
  readonly scheme?: 'http' | 'https';
}

export interface RunningProxy {
  readonly url: string;
  close(): Promise<void>;
}

export async function startProxy({ target, from, scheme = 'https' }: ProxyOptions): Promise<RunningProxy> {
  const agent = new Agent({ localAddress: from });
  const server = createServer((incoming, answer) => {
    const { host, ...headers } = incoming.headers;
    const before = headers['x-forwarded-for'];
    const sent = request(new URL(incoming.url ?? '/', target), {
      agent,
      method: incoming.method,
      headers: {
        ...headers,
        host: 'inner.test',
        'x-forwarded-for': [before, incoming.socket.remoteAddress].filter((one) => one !== undefined).join(', '),
        'x-forwarded-proto': headers['x-forwarded-proto'] ?? scheme,
        'x-forwarded-host': headers['x-forwarded-host'] ?? host,
      },
    });
    sent.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    sent.on('error', () => answer.destroy());
    incoming.pipe(sent);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      agent.destroy();
    },
  };
}
