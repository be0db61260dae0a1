import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  BodyTooLarge,
  BudgetExhausted,
  ByteBudget,
  ClientGone,
  collectBody,
  unchargedBytes,
  type CollectedBody,
  type CollectOptions,
} from './body.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

interface Sent {
  readonly chunks: readonly string[];
  readonly headers?: Record<string, string>;
  /** The client goes away after its last chunk. */
  readonly leaves?: boolean;
}

/** What collecting the body of a request gives over a real connection. */
async function collect(
  options: Omit<CollectOptions, 'budget'> & { budget?: ByteBudget },
  { chunks, headers = {}, leaves = false }: Sent,
): Promise<CollectedBody> {
  const outcome = Promise.withResolvers<CollectedBody>();
  const server = createServer((req: IncomingMessage, res) => {
    collectBody(req, { budget: new ByteBudget(1_000_000), ...options })
      .then(outcome.resolve, outcome.reject)
      .finally(() => res.end());
    if (leaves) req.once('data', () => sending.destroy());
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const sending = request({ port, host: '127.0.0.1', method: 'POST', headers }).on('error', () => undefined);
  for (const chunk of chunks) sending.write(chunk);
  if (!leaves) sending.end();
  return outcome.promise;
}

describe('collectBody', () => {
  it.each([
    ['nothing', []],
    ['one piece', ['abc']],
    ['pieces', ['a', 'b', 'c'.repeat(100_000)]],
  ])('reads %s', async (_, chunks) => {
    expect((await collect({ limit: 200_000 }, { chunks })).body.toString()).toBe(chunks.join(''));
  });

  it('shows each piece as it comes', async () => {
    const seen: Buffer[] = [];
    await collect({ limit: 100, observe: (chunk) => void seen.push(chunk) }, { chunks: ['ab', 'cd'] });
    expect(Buffer.concat(seen).toString()).toBe('abcd');
  });

  it('takes a body of the limit and refuses one byte more, announced or not', async () => {
    expect((await collect({ limit: 3 }, { chunks: ['abc'] })).body).toHaveLength(3);
    await expect(collect({ limit: 3 }, { chunks: ['ab', 'cd'] })).rejects.toThrow(BodyTooLarge);
    await expect(collect({ limit: 3 }, { chunks: ['abcd'], headers: { 'content-length': '4' } })).rejects.toThrow(
      BodyTooLarge,
    );
  });

  const large = 'a'.repeat(unchargedBytes);

  it('charges its budget for what is long about a body, until it is released', async () => {
    const budget = new ByteBudget(10);
    const { release } = await collect({ limit: 100_000, budget }, { chunks: [large, 'abcd'] });
    expect(budget.used).toBe(4);
    release();
    expect(budget.used).toBe(0);
  });

  it('takes a short body in though its budget is used up', async () => {
    const budget = new ByteBudget(0);
    const { body, release } = await collect({ limit: 100_000, budget }, { chunks: [large] });
    expect(body).toHaveLength(unchargedBytes);
    release();
    expect(budget.used).toBe(0);
  });

  it.each([
    ['the budget is used up', { limit: 100_000, chunks: [large, 'a'.repeat(11)] }, BudgetExhausted],
    ['the body is too long', { limit: unchargedBytes + 5, chunks: [large, 'abc', 'def'] }, BodyTooLarge],
    ['the client goes away', { limit: 100_000, chunks: [large, 'abc'], leaves: true }, ClientGone],
  ])('gives its budget everything back when %s', async (_, { limit, ...sent }, refusal) => {
    const budget = new ByteBudget(10);
    await expect(collect({ limit, budget }, sent)).rejects.toThrow(refusal);
    expect(budget.used).toBe(0);
  });

  it('gives nothing back twice, though the connection breaks off after the refusal', async () => {
    const budget = new ByteBudget(10);
    budget.take(4);
    const over = Promise.withResolvers<void>();
    const server = createServer((req) => {
      void collectBody(req, { limit: 100_000, budget }).catch(() => sending.destroy());
      req.once('error', () => over.resolve());
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const sending = request({ port, host: '127.0.0.1', method: 'POST' }).on('error', () => undefined);
    sending.write(`${large}abc`);
    await expect.poll(() => budget.used).toBe(7);
    sending.write('abcd');
    await over.promise;
    expect(budget.used).toBe(4);
  });
});

describe('a budget of bytes', () => {
  it('takes what fits, and nothing of what does not', () => {
    const budget = new ByteBudget(10);
    expect([budget.take(6), budget.take(5), budget.used]).toEqual([true, false, 6]);
    expect([budget.take(4), budget.take(0), budget.take(1)]).toEqual([true, true, false]);
    budget.give(10);
    expect([budget.used, budget.take(10)]).toEqual([0, true]);
  });
});
