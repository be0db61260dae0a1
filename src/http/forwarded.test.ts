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
    ['three proxies', '10.0.0.1', '192.0.2.66, 203.0.113.7, 127.0.0.1, fd00::5, 10.3.3.3', '203.0.113.7'],
    // IPv4-mapped addresses, in every spelling
    ['a proxy in hexadecimal', '::ffff:7f00:1', '203.0.113.7', '203.0.113.7'],
    ['a proxy in full', '0:0:0:0:0:ffff:10.0.0.1', '203.0.113.7', '203.0.113.7'],
    ['a second proxy in hexadecimal', '10.0.0.1', '203.0.113.7, ::ffff:a03:303', '203.0.113.7'],
    ['a client in hexadecimal', '10.0.0.1', '::FFFF:cb00:7107', '203.0.113.7'],
    ['a client in long IPv6', '10.0.0.1', '2001:DB8:0:0:0:0:0:7', '2001:db8::7'],
    ['a proxy of a link', 'fd00::1%eth0', '203.0.113.7', '203.0.113.7'],
    ['a client of a link', 'fe80::1%eth0', '203.0.113.7', 'fe80::1'],
    // ports
    ['a client with a port', '10.0.0.1', '203.0.113.7:567', '203.0.113.7'],
    ['a proxy with a port', '10.0.0.1', '203.0.113.7, 10.3.3.3:80', '203.0.113.7'],
    ['an IPv6 client with a port', '10.0.0.1', '[2001:db8::7]:5', '2001:db8::7'],
    ['an IPv6 client in brackets', '10.0.0.1', '[2001:db8::7]', '2001:db8::7'],
    ['an IPv6 proxy with a port', '10.0.0.1', '203.0.113.7, [fd00::2]:5', '203.0.113.7'],
    ['an IPv4-mapped client with a port', '10.0.0.1', '[::ffff:203.0.113.7]:5', '203.0.113.7'],
    // what is no address ends the list: the proxy that wrote it is as far as is known
    ['a client that the proxy does not know', '10.0.0.1', 'unknown', '10.0.0.1'],
    ['a client that the proxy hides', '10.0.0.1', '192.0.2.66, _hidden', '10.0.0.1'],
    ['a client that the second proxy does not know', '10.0.0.1', '192.0.2.66, unix:, 10.3.3.3', '10.3.3.3'],
    ['garbage that a client made up', '10.0.0.1', 'unknown, 203.0.113.7', '203.0.113.7'],
    ['an address with a zone', '10.0.0.1', '192.0.2.66, fe80::1%eth0', '10.0.0.1'],
    ['an address with a wrong port', '10.0.0.1', '203.0.113.7:x', '10.0.0.1'],
    ['an IPv4 address in brackets', '10.0.0.1', '[203.0.113.7]:5', '10.0.0.1'],
    ['a number', '10.0.0.1', '3405803783', '10.0.0.1'],
    ['octal', '10.0.0.1', '0203.0.0113.7', '10.0.0.1'],
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
      proxy: undefined,
    });
  });
});

describe('the proxy', () => {
  it.each([
    ['10.0.0.1', '203.0.113.7, 10.3.3.3', '10.0.0.1'],
    ['::ffff:10.0.0.1', undefined, '10.0.0.1'],
    ['203.0.113.9', '203.0.113.7, 10.3.3.3', undefined],
  ])('of a connection from %s that forwards %s is %s', (remote, header, proxy) => {
    const headers: Record<string, string> = header === undefined ? {} : { 'x-forwarded-for': header };
    expect(readPeer(request(remote, headers), false).proxy).toBe(proxy);
  });

  it('is trusted by an address or network that can be read', () => {
    expect(() => createPeerReader(['10.0.0.0/33'])).toThrow('10.0.0.0/33 is no address or network');
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
      'as they came where the proxy names no host',
      '10.0.0.1',
      { 'x-forwarded-host': 'a.example/v2/', 'x-forwarded-proto': 'gopher' },
      true,
      'inner:4566',
      false,
    ],
    [
      'as a proxy says of an IPv6 address',
      '10.0.0.1',
      { 'x-forwarded-host': '[2001:DB8::1]:443' },
      true,
      '[2001:db8::1]:443',
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
