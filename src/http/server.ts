import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Certificates } from './certificates.ts';
import type { Exchange } from './exchange.ts';
import { createPeerReader } from './forwarded.ts';
import { ProgressWatch } from './progress.ts';

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly trustedProxies: readonly string[];
  /** With them the listener speaks HTTPS, and plain HTTP without. */
  readonly certificates?: Certificates | undefined;
  /** Milliseconds since 1970: what requests are stamped with. The system's clock unless a test sets one. */
  readonly clock?: (() => number) | undefined;
  readonly handle: (exchange: Exchange) => Promise<void>;
  /** Told about every exchange when it is over. */
  readonly finished: (exchange: Exchange) => void;
}

export interface Listener {
  readonly address: AddressInfo;
  /** Takes no new connections, lets what is under way end, and after `timeout` milliseconds cuts it off. */
  close(timeout: number): Promise<void>;
}

/** Longer than the idle time of load balancers and clients, so that they and not we close first. */
const keepAlive = 75_000;

/** Time for a TLS handshake; who takes longer holds a connection for nothing. */
const handshakeTimeout = 30_000;

const serverOptions: ServerOptions = {
  keepAliveTimeout: keepAlive,
  requestTimeout: 0,
  headersTimeout: 60_000,
  noDelay: true,
};

/** Opens a listener for HTTP or HTTPS. Rejects with the error of the system where it cannot. */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const readPeer = createPeerReader(options.trustedProxies);
  const clock = options.clock ?? Date.now;
  const progress = new ProgressWatch();
  let closing = false;
  const { certificates } = options;
  const secure = certificates !== undefined;
  const server = secure ? openTlsServer(certificates) : createServer(serverOptions);
  server.maxHeadersCount = 200;
  server.on('request', (req, res) => {
    if (closing) res.shouldKeepAlive = false;
    const exchange = openExchange(req, res, readPeer(req, secure), clock());
    progress.add(exchange);
    res.once('close', () => {
      progress.remove(exchange);
      options.finished(exchange);
    });
    void options.handle(exchange);
  });
  server.on('clientError', refuseBytes);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    address: server.address() as AddressInfo,
    close: async (timeout) => {
      closing = true;
      progress.close();
      await closeServer(server, timeout);
    },
  };
}

function openTlsServer(certificates: Certificates): Server {
  const server = createTlsServer({
    ...serverOptions,
    ...certificates.current,
    minVersion: 'TLSv1.2',
    handshakeTimeout,
  });
  // Only connections to come are concerned; those that are open go on as they are.
  certificates.onChange((pair) => server.setSecureContext({ ...pair, minVersion: 'TLSv1.2' }));
  return server;
}

/** How long a refused connection may take to read its answer. */
const lastWords = 1000;

/**
 * Answers bytes that are not HTTP. A TLS hello is among them: clients that try HTTPS first fall back when they read an
 * HTTP/1.1 400, so the socket is not reset before they could.
 */
function refuseBytes(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
  socket.on('error', () => undefined);
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  socket.resume();
  setTimeout(() => socket.destroy(), lastWords).unref();
}

function openExchange(
  req: IncomingMessage,
  res: ServerResponse,
  peer: ReturnType<ReturnType<typeof createPeerReader>>,
  receivedAt: number,
): Exchange {
  const target = req.url ?? '/';
  const mark = target.indexOf('?');
  const gone = new AbortController();
  // An answer that closes before it was finished means that nobody is reading it any more.
  res.once('close', () => {
    if (!res.writableFinished) gone.abort();
  });
  return {
    req,
    res,
    id: randomUUID(),
    receivedAt,
    method: req.method ?? 'GET',
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? '' : target.slice(mark + 1),
    ...peer,
    signal: gone.signal,
  };
}

function closeServer(server: Server, timeout: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), timeout);
    // A connection that was busy when the closing began is idle a moment later.
    const sweep = setInterval(() => server.closeIdleConnections(), 50);
    server.close(() => {
      clearTimeout(cut);
      clearInterval(sweep);
      resolve();
    });
  });
}
