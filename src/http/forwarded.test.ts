import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createPeerReader } from './forwarded.ts';

/** The part of a request that is read here. */
function request(remoteAddress: string | undefined, headers: Record<string, string>): IncomingMessage {
  return { socket: { remoteAddress }, headers: { host: 'Inner:4566', ...headers } } as unknown as IncomingMessage;
}

const trusted = ['127.0.0.1', '10.0.0.0/8', 'fd00::/16'];
const readPeer = createPeerReader(trusted);

describe('the address of the client', () => {
  it.each([
    ['nothing forwarded', '10.0.0.1', undefined, '10.0.0.1'],
    ['one client', '10.0.0.1', '203.0.113.7', '203.0.113.7'],
    ['a client and a second proxy', '127.0.0.1', '203.0.113.7, 10.1.2.3', '203.0.113.7'],
    ['what a client made up stands to the left', '10.0.0.1', '192.0.2.66, 203.0.113.7', '203.0.113.7'],
    ['a trusted address that a client made up', '10.0.0.1', '10.9.9.9, 203.0.113.7', '203.0.113.7'],
    ['proxies only', '10.0.0.1', '10.3.3.3, 10.2.2.2', '10.3.3.3'],
    ['without spaces', '10.0.0.1', '192.0.2.66,203.0.113.7,10.0.0.2', '203.0.113.7'],
    ['an IPv6 client', '10.0.0.1', '2001:db8::7', '2001:db8::7'],
    ['an IPv6 proxy', 'fd00::1', '2001:db8::7', '2001:db8::7'],
    ['an IPv4 proxy on a dual-stack socket', '::ffff:10.0.0.1', '203.0.113.7', '203.0.113.7'],
    ['an IPv4 client that a proxy shows as IPv6', '10.0.0.1', '::FFFF:203.0.113.7', '203.0.113.7'],
    ['an empty header', '10.0.0.1', '', '10.0.0.1'],
    ['a header of commas', '10.0.0.1', ' , ,', '10.0.0.1'],
    ['a comma too many', '10.0.0.1', '203.0.113.7,', '203.0.113.7'],
    // nobody else is believed
    ['a stranger', '203.0.113.99', '192.0.2.1', '203.0.113.99'],
    ['a stranger in the name of a proxy', '203.0.113.99', '10.0.0.1', '203.0.113.99'],
    ['an IPv4 stranger on a dual-stack socket', '::ffff:203.0.113.99', '192.0.2.1', '203.0.113.99'],
    ['an IPv6 stranger', '2001:db8::1', '192.0.2.1', '2001:db8::1'],
    ['a socket that is gone', undefined, '192.0.2.1', ''],
  ])('%s', (_, remote, header, address) => {
    const headers: Record<string, string> = header === undefined ? {} : { 'x-forwarded-for': header };
    expect(readPeer(request(remote, headers), false).address).toBe(address);
  });

  it('is that of the socket where no proxy is trusted, the loopback included', () => {
    const headers = { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-host': 'evil', 'x-forwarded-proto': 'https' };
    expect(createPeerReader([])(request('127.0.0.1', headers), false)).toEqual({
      address: '127.0.0.1',
      host: 'inner:4566',
      secure: false,
    });
  });
});

describe('the host and the scheme', () => {
  it.each([
    ['as they came', '10.0.0.1', {}, false, 'inner:4566', false],
    ['as they came over TLS', '10.0.0.1', {}, true, 'inner:4566', true],
    [
      'as a proxy says',
      '10.0.0.1',
      { 'x-forwarded-host': 'ECR.Example', 'x-forwarded-proto': 'HTTPS' },
      false,
      'ecr.example',
      true,
    ],
    [
      'as the nearest proxy says',
      '10.0.0.1',
      { 'x-forwarded-host': 'evil, ecr.example', 'x-forwarded-proto': 'http, https' },
      false,
      'ecr.example',
      true,
    ],
    [
      'plain before a proxy that speaks TLS to us',
      '10.0.0.1',
      { 'x-forwarded-proto': 'http' },
      true,
      'inner:4566',
      false,
    ],
    [
      'as they came when the headers are empty',
      '10.0.0.1',
      { 'x-forwarded-host': '', 'x-forwarded-proto': ' ' },
      true,
      'inner:4566',
      true,
    ],
    [
      'as they came from a stranger',
      '203.0.113.9',
      { 'x-forwarded-host': 'evil', 'x-forwarded-proto': 'https' },
      false,
      'inner:4566',
      false,
    ],
  ])('are %s', (_, remote, headers, tls, host, secure) => {
    expect(readPeer(request(remote, headers), tls)).toMatchObject({ host, secure });
  });
});
