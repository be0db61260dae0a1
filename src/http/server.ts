import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Certificates } from './certificates.ts';
import type { Exchange } from './exchange.ts';
import { createPeerReader, type Peer } from './forwarded.ts';
import { createServer, createTlsServer } from './node-servers.ts';
import { ProgressWatch } from './progress.ts';

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly trustedProxies: readonly string[];
  /** Says which VPC endpoint a request came through, as {@link Exchange.endpoint} has it. */
  readonly findEndpoint?: ((peer: Peer) => string | undefined) | undefined;
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
  const answering = new Answering();
  server.on('request', (req, res) => {
    if (closing) res.shouldKeepAlive = false;
    const target = targetOf(req);
    if (target === undefined) return refuseTarget(req, res);
    const peer = readPeer(req, secure);
    const endpoint = options.findEndpoint?.(peer);
    const exchange = openExchange(req, res, { target, peer, endpoint, receivedAt: clock() });
    progress.add(exchange);
    answering.add(exchange);
    res.once('close', () => {
      progress.remove(exchange);
      answering.remove(exchange);
      options.finished(exchange);
    });
    void options.handle(exchange);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // In the middle of an answer another one would be taken for bytes of it.
    if (answering.hasBegun(socket)) (socket as Socket).destroySoon();
    else refuseBytes(error, socket);
  });
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

/** Which answers are under way on which connection: with pipelined requests there are several. */
class Answering {
  readonly #open = new WeakMap<Duplex, Set<ServerResponse>>();

  add({ req, res }: Exchange): void {
    const open = this.#open.get(req.socket);
    if (open === undefined) this.#open.set(req.socket, new Set([res]));
    else open.add(res);
  }

  remove({ req, res }: Exchange): void {
    this.#open.get(req.socket)?.delete(res);
  }

  hasBegun(socket: Duplex): boolean {
    return [...(this.#open.get(socket) ?? [])].some((res) => res.headersSent);
  }
}

/**
 * The target of a request from its path on. `http://HOST/path`, which proxies are asked in, is as good as the path where
 * HOST is that of the Host header. Undefined for what names nothing here (`*`, another host) and for two Host headers,
 * of which a proxy in front may believe the other one (RFC 9112 §3.2).
 */
function targetOf({ url = '/', headers, rawHeaders }: IncomingMessage): string | undefined {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  if (hosts > 1) return undefined;
  if (url.startsWith('/')) return url;
  const [, host, rest = ''] = /^https?:\/\/([^/?#]*)(.*)$/i.exec(url) ?? [];
  if (host === undefined || host.toLowerCase() !== headers.host?.toLowerCase()) return undefined;
  return rest.startsWith('/') ? rest : `/${rest}`;
}

function refuseTarget(req: IncomingMessage, res: ServerResponse): void {
  res.writeHead(400, { connection: 'close', 'content-type': 'text/plain; charset=utf-8' });
  res.end('The request must name one host and a path on it.\n');
  req.resume();
}

interface Opening {
  readonly target: string;
  readonly peer: Peer;
  readonly endpoint: string | undefined;
  readonly receivedAt: number;
}

function openExchange(req: IncomingMessage, res: ServerResponse, opening: Opening): Exchange {
  const { target, peer, endpoint, receivedAt } = opening;
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
    host: peer.host,
    address: peer.address,
    secure: peer.secure,
    endpoint,
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
