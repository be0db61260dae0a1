import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Exchange } from './exchange.ts';
import { listen, type Listener } from './server.ts';

/** One look of the watch, and how often it must find a body slow. */
const look = 15_000;
const patience = 4;

let listener: Listener;
let socket: Socket;
let exchange: Exchange;

/** Serves one request, whose body is read or left where it is. */
async function begin(method: string, reads: boolean): Promise<void> {
  const began = Promise.withResolvers<Exchange>();
  const handle = async (one: Exchange): Promise<void> => {
    one.req.on('error', () => undefined);
    if (reads) one.req.resume();
    began.resolve(one);
  };
  listener = await listen({ host: '127.0.0.1', port: 0, trustedProxies: [], handle, finished: () => undefined });
  socket = connect(listener.address.port, '127.0.0.1').on('error', () => undefined);
  socket.write(`${method} / HTTP/1.1\r\nHost: x\r\nContent-Length: ${method === 'GET' ? 0 : 1_000_000}\r\n\r\n`);
  exchange = await began.promise;
}

/** Sends bytes, and lets the watch look when they have come. */
async function sendAndLook(bytes: number): Promise<void> {
  const { bytesRead } = exchange.req.socket;
  if (bytes > 0) socket.write(Buffer.alloc(bytes));
  await vi.waitUntil(() => exchange.req.socket.bytesRead === bytesRead + bytes);
  vi.advanceTimersByTime(look);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});

afterEach(async () => {
  vi.useRealTimers();
  socket.destroy();
  await listener.close(0);
});

describe('a body that comes', () => {
  it('a byte at a time is given up after a minute', async () => {
    await begin('PUT', true);
    await sendAndLook(4_000);
    for (let number = 1; number < patience; number += 1) await sendAndLook(1);
    expect(exchange.req.destroyed).toBe(false);
    const closed = once(socket, 'close');
    await sendAndLook(1);
    expect(exchange.req.destroyed).toBe(true);
    await closed;
    await vi.waitUntil(() => exchange.signal.aborted);
  });

  it('slowly for less than a minute on end is not given up', async () => {
    await begin('PUT', true);
    for (let round = 0; round < 3; round += 1) {
      for (let number = 1; number < patience; number += 1) await sendAndLook(0);
      await sendAndLook(4_000);
    }
    expect(exchange.req.destroyed).toBe(false);
  });

  it('as fast as it must is not given up, however long it takes', async () => {
    await begin('PUT', true);
    for (let number = 0; number < 20; number += 1) await sendAndLook(3_840);
    expect(exchange.req.destroyed).toBe(false);
  });

  it('and is not taken waits for us, and is not given up', async () => {
    await begin('PUT', false);
    await sendAndLook(100);
    for (let number = 0; number < 10; number += 1) await sendAndLook(0);
    expect(exchange.req.destroyed).toBe(false);
  });
});

describe('a request without a body', () => {
  it('may take its time to be answered', async () => {
    await begin('GET', true);
    for (let number = 0; number < 10; number += 1) vi.advanceTimersByTime(look);
    expect(exchange.req.socket.destroyed).toBe(false);
    expect(exchange.signal.aborted).toBe(false);
  });
});
