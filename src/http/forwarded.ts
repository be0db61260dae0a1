import { BlockList, isIPv4, isIPv6 } from 'node:net';
import type { IncomingMessage } from 'node:http';

/** Who is on the other side, and by which name and scheme they came. */
export interface Peer {
  readonly address: string;
  readonly host: string;
  readonly secure: boolean;
}

/** Reads `X-Forwarded-*`, believing them only from the addresses it was made for. */
export type PeerReader = (req: IncomingMessage, secure: boolean) => Peer;

/** @param trusted addresses, or networks as `10.0.0.0/8`. */
export function createPeerReader(trusted: readonly string[]): PeerReader {
  const proxies = new BlockList();
  for (const entry of trusted) {
    const [address = '', prefix] = entry.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (prefix === undefined) proxies.addAddress(address, family);
    else proxies.addSubnet(address, Number(prefix), family);
  }
  const isProxy = (address: string): boolean =>
    trusted.length > 0 &&
    (isIPv4(address) || isIPv6(address)) &&
    proxies.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');

  return (req, secure) => {
    const socketAddress = plainAddress(req.socket.remoteAddress ?? '');
    const host = (req.headers.host ?? '').toLowerCase();
    if (!isProxy(socketAddress)) return { address: socketAddress, host, secure };
    return {
      address: firstUntrusted(headerOf(req, 'x-forwarded-for'), isProxy) ?? socketAddress,
      host: lastOf(headerOf(req, 'x-forwarded-host'))?.toLowerCase() ?? host,
      secure: (lastOf(headerOf(req, 'x-forwarded-proto'))?.toLowerCase() ?? (secure ? 'https' : 'http')) === 'https',
    };
  };
}

/** Counted from the right, the first address that is not a trusted proxy: what stands left of it may be made up. */
function firstUntrusted(header: string | undefined, isProxy: (address: string) => boolean): string | undefined {
  if (header === undefined) return undefined;
  const addresses = header
    .split(',')
    .map((one) => plainAddress(one.trim()))
    .filter((one) => one !== '');
  return addresses.toReversed().find((address) => !isProxy(address)) ?? addresses[0];
}

const lastOf = (header: string | undefined): string | undefined => header?.split(',').at(-1)?.trim() || undefined;

function headerOf(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}

/** An IPv4 address that a dual-stack socket shows as IPv6 is the IPv4 address that it is. */
function plainAddress(address: string): string {
  return address.toLowerCase().startsWith('::ffff:') && isIPv4(address.slice(7)) ? address.slice(7) : address;
}
