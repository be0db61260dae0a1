import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

import { expect, test } from 'vitest';

import { BodyTooLarge, BudgetExhausted, ByteBudget, ClientGone, collectBody } from './body.ts';

const incoming = (chunks: readonly string[], headers: Record<string, string> = {}): IncomingMessage =>
  Object.assign(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), { headers }) as unknown as IncomingMessage;

test('collects a body and shows each piece', async () => {
  const pieces: string[] = [];
  const body = await collectBody(incoming(['ab', 'c']), { limit: 3, observe: (chunk) => pieces.push(String(chunk)) });
  expect([String(body), pieces]).toEqual(['abc', ['ab', 'c']]);
});

test('refuses a body that is too long: by what it announces, or by what comes', async () => {
  await expect(collectBody(incoming([], { 'content-length': '4' }), { limit: 3 })).rejects.toBeInstanceOf(BodyTooLarge);
  await expect(collectBody(incoming(['ab', 'cd']), { limit: 3 })).rejects.toBeInstanceOf(BodyTooLarge);
});

test('charges a budget as bytes arrive, and gives everything back when it fails', async () => {
  const budget = new ByteBudget(5);
  expect(String(await collectBody(incoming(['abc']), { limit: 9, budget }))).toBe('abc');
  expect(budget.used).toBe(3);
  await expect(collectBody(incoming(['x', 'yz']), { limit: 9, budget })).rejects.toBeInstanceOf(BudgetExhausted);
  await expect(collectBody(incoming(['x', 'y']), { limit: 1, budget })).rejects.toBeInstanceOf(BodyTooLarge);
  expect(budget.used).toBe(3);
  budget.give(3);
  expect(budget.used).toBe(0);
});

test('tells that the client went away, before and in the middle', async () => {
  const budget = new ByteBudget(5);
  const broken = new Readable({ read: () => undefined });
  const collected = collectBody(Object.assign(broken, { headers: {} }) as unknown as IncomingMessage, { limit: 9, budget });
  broken.push('ab');
  setImmediate(() => broken.destroy(new Error('aborted')));
  await expect(collected).rejects.toBeInstanceOf(ClientGone);
  await expect(collectBody(broken as unknown as IncomingMessage, { limit: 9 })).rejects.toBeInstanceOf(ClientGone);
  expect(budget.used).toBe(0);
});
