/** Whatever forwarding headers say, there is one peer with one address. */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { endlessTexts, hostileText } from '../lib/test-texts.ts';
import { createPeerReader } from './forwarded.ts';

const words = ['10.0.0.1', '127.0.0.1', '::1', '::ffff:10.0.0.1', ',', ', ', 'https', 'a.example', '[', ']', ':80'];
const trusting = createPeerReader(['127.0.0.1', '10.0.0.0/8', '::1']);
const doubting = createPeerReader([]);

const requestOf = (text: string): IncomingMessage =>
  ({
    socket: { remoteAddress: '127.0.0.1' },
    headers: { host: 'Real.Example', 'x-forwarded-for': text, 'x-forwarded-host': text, 'x-forwarded-proto': text },
  }) as unknown as IncomingMessage;

function expectPeer(text: string): void {
  const peer = trusting(requestOf(text), false);
  expect(peer).toEqual({
    address: expect.any(String),
    host: expect.any(String),
    secure: expect.any(Boolean),
    proxy: '127.0.0.1',
  });
  expect(isIP(peer.address)).not.toBe(0);
  expect(peer.address).not.toMatch(/^::ffff:/);
  expect(peer.host).toMatch(/^[a-z0-9._:[\]-]+$/);
  expect(peer.host).toBe(peer.host.toLowerCase());
  expect(doubting(requestOf(text), false)).toEqual({
    address: '127.0.0.1',
    host: 'real.example',
    secure: false,
    proxy: undefined,
  });
}

test('createPeerReader takes one peer out of any headers, and none out of those that are not trusted', () => {
  fc.assert(fc.property(hostileText(...words), expectPeer), { numRuns: 1_000 });
});

test('createPeerReader comes to its end with 100 kB of anything', () => {
  for (const text of endlessTexts(...words)) expectPeer(text);
});
