import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { BodyTooLarge, BudgetExhausted, ByteBudget, ClientGone, collectBody, type CollectOptions } from './body.ts';

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
async function collect(options: CollectOptions, { chunks, headers = {}, leaves = false }: Sent): Promise<Buffer> {
  const outcome = Promise.withResolvers<Buffer>();
  const server = createServer((req: IncomingMessage, res) => {
    collectBody(req, options)
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
    expect((await collect({ limit: 200_000 }, { chunks })).toString()).toBe(chunks.join(''));
  });

  it('shows each piece as it comes', async () => {
    const seen: Buffer[] = [];
    await collect({ limit: 100, observe: (chunk) => void seen.push(chunk) }, { chunks: ['ab', 'cd'] });
    expect(Buffer.concat(seen).toString()).toBe('abcd');
  });

  it('takes a body of the limit and refuses one byte more, announced or not', async () => {
    expect(await collect({ limit: 3 }, { chunks: ['abc'] })).toHaveLength(3);
    await expect(collect({ limit: 3 }, { chunks: ['ab', 'cd'] })).rejects.toThrow(BodyTooLarge);
    await expect(collect({ limit: 3 }, { chunks: ['abcd'], headers: { 'content-length': '4' } })).rejects.toThrow(
      BodyTooLarge,
    );
  });

  it('charges its budget for what has come, and leaves giving it back to its caller', async () => {
    const budget = new ByteBudget(10);
    await collect({ limit: 100, budget }, { chunks: ['abcd'] });
    expect(budget.used).toBe(4);
    budget.give(4);
    expect(budget.used).toBe(0);
  });

  it.each([
    ['the budget is used up', { limit: 100, chunks: ['a'.repeat(11)] }, BudgetExhausted],
    ['the body is too long', { limit: 5, chunks: ['abc', 'def'] }, BodyTooLarge],
    ['the client goes away', { limit: 100, chunks: ['abc'], leaves: true }, ClientGone],
  ])('gives its budget everything back when %s', async (_, { limit, ...sent }, refusal) => {
    const budget = new ByteBudget(10);
    await expect(collect({ limit, budget }, sent)).rejects.toThrow(refusal);
    expect(budget.used).toBe(0);
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
