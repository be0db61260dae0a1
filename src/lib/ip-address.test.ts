import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIpAddress, formatIpNetwork, isInNetwork, networksOverlap } from './ip-address.ts';
import { parseIpAddress, parseIpNetwork, type IpNetwork } from './ip-address.ts';

const written = (text: string): string | undefined => {
  const address = parseIpAddress(text);
  return address && formatIpAddress(address);
};

const network = (text: string): IpNetwork => {
  const read = parseIpNetwork(text);
  if (read === undefined) throw new TypeError(`${text} is no network`);
  return read;
};

const octet = fc.nat(255);
const v4 = fc.tuple(octet, octet, octet, octet).map((parts) => parts.join('.'));
const group = fc.oneof(fc.constant(0), fc.nat(0xffff)).map((part) => part.toString(16));
const v6 = fc.array(group, { minLength: 8, maxLength: 8 }).map((parts) => parts.join(':'));

describe('an address', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::ffff:127.0.0.1', '127.0.0.1'],
    ['::FFFF:7f00:1', '127.0.0.1'],
    ['0:0:0:0:0:ffff:7f00:0001', '127.0.0.1'],
    ['0000:0000:0000:0000:0000:FFFF:127.0.0.1', '127.0.0.1'],
    ['::1', '::1'],
    ['::', '::'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['1::', '1::'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
    ['::127.0.0.1', '::7f00:1'],
  ])('%s is written %s', (text, form) => {
    expect(written(text)).toBe(form);
  });

  it.each([
    '',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '1.2.3.4 ',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    'g::',
    '12345::',
    'fe80::1%eth0',
    '[::1]',
    '::1.2.3.4:1',
  ])('"%s" is none', (text) => {
    expect(parseIpAddress(text)).toBeUndefined();
  });

  it('is read exactly where Node reads one, and its form is its own form', () => {
    const some = fc.oneof(
      v4,
      v6,
      v6.map((text) => text.replace(/(^|:)0(:0)+(:|$)/, '::')),
      fc.string(),
    );
    fc.assert(
      fc.property(some, (text) => {
        // Node takes zones, which are no part of an address.
        expect(parseIpAddress(text) !== undefined).toBe(isIP(text) !== 0 && !text.includes('%'));
        const form = written(text);
        if (form !== undefined) expect([written(form), isIP(form) !== 0]).toEqual([form, true]);
      }),
    );
  });
});

describe('a network', () => {
  it.each([
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['10.1.2.3', '10.1.2.3/32'],
    ['255.255.255.255/17', '255.255.128.0/17'],
    ['1.2.3.4/0', '0.0.0.0/0'],
    ['2001:db8:ffff::/33', '2001:db8:8000::/33'],
    ['::1', '::1/128'],
    ['::ffff:10.1.2.3/104', '10.0.0.0/8'],
  ])('%s is written %s', (text, form) => {
    expect(formatIpNetwork(network(text))).toBe(form);
  });

  it.each(['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', '10.0.0.0/8/8', '::/129', '::ffff:10.0.0.0/95', 'x/8'])(
    '%s is none',
    (text) => {
      expect(parseIpNetwork(text)).toBeUndefined();
    },
  );

  it('holds the addresses that Node finds in it', () => {
    const near = fc.tuple(v4, fc.nat(32), fc.nat(0xffffffff)).map(([base, bits, noise]) => {
      const number = base.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
      const mixed = bits === 32 ? number : (number ^ (noise >>> Math.min(31, bits))) >>> 0;
      return { base, bits, other: [24, 16, 8, 0].map((shift) => (mixed >>> shift) & 255).join('.') };
    });
    fc.assert(
      fc.property(near, ({ base, bits, other }) => {
        const list = new BlockList();
        list.addSubnet(base, Math.max(1, bits), 'ipv4');
        const address = parseIpAddress(other);
        if (address === undefined) throw new TypeError(other);
        expect(isInNetwork(network(`${base}/${Math.max(1, bits)}`), address)).toBe(list.check(other));
      }),
    );
  });

  it.each([
    ['10.0.0.0/8', '10.1.0.0/16', true],
    ['10.1.0.0/16', '10.0.0.0/8', true],
    ['10.0.0.0/9', '10.128.0.0/9', false],
    ['10.0.0.1', '10.0.0.1/32', true],
    ['0.0.0.0/0', '192.0.2.1', true],
    ['0.0.0.0/0', '::/0', false],
    ['::ffff:10.0.0.0/104', '10.9.9.9', true],
  ])('%s and %s overlap: %s', (a, b, expected) => {
    expect(networksOverlap(network(a), network(b))).toBe(expected);
  });
});
