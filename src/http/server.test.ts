import { once } from 'node:events';
import { get, request, Agent, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import type { Exchange } from './exchange.ts';
import { listen, type Listener, type ListenerOptions } from './server.ts';

/** A promise and its end. */
const gate = <T = void>() => Promise.withResolvers<T>();

const open: Listener[] = [];
afterEach(async () => {
  for (const listener of open.splice(0)) await listener.close(0);
});

async function start(
  handle: (exchange: Exchange) => Promise<void>,
  finished: ListenerOptions['finished'] = () => undefined,
): Promise<Listener> {
  const listener = await listen({ host: '127.0.0.1', port: 0, trustedProxies: [], handle, finished });
  open.push(listener);
  return listener;
}

/** Sends bytes as they are; everything that comes back until the server closes. */
async function sendBytes(listener: Listener, bytes: Buffer | string): Promise<string> {
  const socket = connect(listener.address.port, '127.0.0.1');
  socket.write(bytes);
  return text(socket);
}

const say =
  (words: string) =>
  async ({ res }: Exchange): Promise<void> => {
    res.end(words);
  };

describe('a listener', () => {
  it('hands a request over as the client sent it', async () => {
    const seen = gate<Exchange>();
    const listener = await start(async (exchange) => {
      seen.resolve(exchange);
      exchange.res.end('done');
    });
    const path = '/v2/a%2Fb/../tags/list?n=1&last=%61?x';
    const answer = await sendBytes(
      listener,
      `GET ${path} HTTP/1.1\r\nHost: ECR.Example:4566\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*done/);
    const exchange = await seen.promise;
    expect(exchange).toMatchObject({
      method: 'GET',
      path: '/v2/a%2Fb/../tags/list',
      query: 'n=1&last=%61?x',
      host: 'ecr.example:4566',
      address: '127.0.0.1',
      secure: false,
    });
    expect(exchange.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('gives every exchange an id of its own and tells when it is over', async () => {
    const finished: string[] = [];
    const ids: string[] = [];
    const listener = await start(
      async ({ id, res }) => {
        ids.push(id);
        res.end();
      },
      ({ id }) => finished.push(id),
    );
    const twice = 'GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    await sendBytes(listener, twice);
    await expect.poll(() => finished).toEqual(ids);
    expect(new Set(ids).size).toBe(2);
  });

  it('tells a handler that its client has gone, and not when its answer was read', async () => {
    const began = gate<Exchange>();
    const over = gate();
    const listener = await start(
      async (exchange) => began.resolve(exchange),
      () => over.resolve(),
    );
    const socket = connect(listener.address.port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const exchange = await began.promise;
    expect(exchange.signal.aborted).toBe(false);
    socket.destroy();
    await over.promise;
    expect(exchange.signal.aborted).toBe(true);

    const answered = gate<Exchange>();
    const second = await start(say('done'), (one) => answered.resolve(one));
    await sendBytes(second, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect((await answered.promise).signal.aborted).toBe(false);
  });

  it('rejects with the error of the system where it cannot listen', async () => {
    const { address } = await start(say(''));
    const again = listen({
      host: '127.0.0.1',
      port: address.port,
      trustedProxies: [],
      handle: say(''),
      finished: () => undefined,
    });
    await expect(again).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('the target of a request', () => {
  const seen = async (...lines: string[]): Promise<{ answer: string; target: string | undefined }> => {
    let target: string | undefined;
    const listener = await start(async ({ path, query, res }) => {
      target = `${path} ${query}`;
      res.end();
    });
    const answer = await sendBytes(listener, `${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`);
    return { answer: answer.slice(0, 12), target };
  };

  it.each([
    ['http://x:1/v2/?n=1', '/v2/ n=1'],
    ['HTTP://X:1/v2/', '/v2/ '],
    ['http://x:1', '/ '],
    ['http://x:1?a', '/ a'],
    ['//x/v2/', '//x/v2/ '],
  ])('is read from its path on: %s', async (url, target) => {
    expect(await seen(`GET ${url} HTTP/1.1`, 'Host: x:1')).toEqual({ answer: 'HTTP/1.1 200', target });
  });

  it.each([
    ['another host than the header', 'GET http://y/v2/ HTTP/1.1', 'Host: x'],
    ['a host with a name and a password', 'GET http://a:b@x/v2/ HTTP/1.1', 'Host: x'],
    ['another scheme', 'GET ftp://x/v2/ HTTP/1.1', 'Host: x'],
    ['nothing', 'OPTIONS * HTTP/1.1', 'Host: x'],
    ['two hosts', 'GET / HTTP/1.1', 'Host: x', 'hOST: x'],
  ])('is refused where it names %s', async (_, ...lines) => {
    expect(await seen(...lines)).toEqual({ answer: 'HTTP/1.1 400', target: undefined });
  });
});

describe('bytes that are not HTTP', () => {
  it.each([
    ['a TLS hello', Buffer.from([0x16, 0x03, 0x01, 0x00, 0xc8, 0x01, 0x00, 0x00, 0xc4, 0x03, 0x03])],
    ['a greeting of SSH', 'SSH-2.0-OpenSSH_9.9\r\n'],
    ['a request line of another protocol', 'GET / FTP/1.1\r\n\r\n'],
    ['a header without a colon', 'GET / HTTP/1.1\r\nnonsense\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
  ])('are answered with 400 and the connection closes: %s', async (_, bytes) => {
    let handled = 0;
    const listener = await start(async ({ res }) => {
      handled += 1;
      res.end();
    });
    expect(await sendBytes(listener, bytes)).toBe(
      'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
    );
    expect(handled).toBe(0);
  });

  it('make a TLS client fail for what it read, not for a connection that was reset', async () => {
    const listener = await start(say(''));
    const socket = connectTls({ port: listener.address.port, host: '127.0.0.1', rejectUnauthorized: false });
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toMatch(/^ERR_SSL_/);
  });

  it('never stand in the middle of an answer that has begun', async () => {
    const half = 'a'.repeat(1000);
    const listener = await start(async ({ res }) => {
      res.writeHead(200, { 'content-length': 2000 });
      res.write(half);
    });
    const socket = connect(listener.address.port, '127.0.0.1');
    const answer = text(socket).catch(() => 'reset');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'readable');
    socket.write('nonsense\r\n\r\n');
    expect((await answer).split('\r\n\r\n')).toEqual([expect.stringMatching(/^HTTP\/1\.1 200 /), half]);
  });

  it('are answered with 431 when they are too long a head', async () => {
    const listener = await start(say(''));
    const head = `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(20_000)}\r\n\r\n`;
    expect(await sendBytes(listener, head)).toMatch(/^HTTP\/1\.1 431 /);
  });
});

describe('closing a listener', () => {
  it('lets a request under way end, takes no new connection, and then is closed', async () => {
    const began = gate();
    const mayEnd = gate();
    const listener = await start(async ({ res }) => {
      began.resolve();
      await mayEnd.promise;
      res.end('all of it');
    });
    const agent = new Agent({ keepAlive: true });
    const answered = gate<IncomingMessage>();
    get({ port: listener.address.port, host: '127.0.0.1', agent }, answered.resolve).on('error', answered.reject);
    await began.promise;
    let closed = false;
    const closing = listener.close(60_000).then(() => (closed = true));
    const late = connect(listener.address.port, '127.0.0.1');
    const [refusal] = (await once(late, 'error')) as [NodeJS.ErrnoException];
    expect(refusal.code).toBe('ECONNREFUSED');
    expect(closed).toBe(false);
    mayEnd.resolve();
    expect(await text(await answered.promise)).toBe('all of it');
    await closing;
    agent.destroy();
  });

  it('lets a body that is being sent come to its end', async () => {
    const began = gate();
    const listener = await start(async ({ req, res }) => {
      began.resolve();
      res.end(await text(req));
    });
    const answered = gate<IncomingMessage>();
    const sending = request({ port: listener.address.port, host: '127.0.0.1', method: 'PUT' }, answered.resolve);
    sending.on('error', answered.reject).write('first ');
    await began.promise;
    const closing = listener.close(60_000);
    sending.end('second');
    expect(await text(await answered.promise)).toBe('first second');
    await closing;
  });

  it('does not wait for connections that are idle', async () => {
    const listener = await start(say('done'));
    const agent = new Agent({ keepAlive: true });
    const answered = gate<IncomingMessage>();
    get({ port: listener.address.port, host: '127.0.0.1', agent }, answered.resolve).on('error', answered.reject);
    await text(await answered.promise);
    await expect(listener.close(3_600_000)).resolves.toBeUndefined();
    agent.destroy();
  });

  it('cuts off what has not ended after the timeout', async () => {
    const began = gate<Exchange>();
    const listener = await start(async (exchange) => began.resolve(exchange));
    const failed = gate<NodeJS.ErrnoException>();
    get({ port: listener.address.port, host: '127.0.0.1', agent: false }).on('error', failed.resolve);
    const exchange = await began.promise;
    await listener.close(50);
    expect((await failed.promise).code).toBe('ECONNRESET');
    await expect.poll(() => exchange.signal.aborted).toBe(true);
  });
});
