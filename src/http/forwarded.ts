import type { IncomingMessage } from 'node:http';
import { formatIpAddress, isInNetwork, parseIpAddress, parseIpNetwork } from '../lib/ip-address.ts';
import type { IpAddress, IpNetwork } from '../lib/ip-address.ts';

/** Who is on the other side, and by which name and scheme they came. */
export interface Peer {
  /** An IP address in its one form, IPv4 also where it was shown as IPv6; '' for a socket that is gone. */
  readonly address: string;
  readonly host: string;
  readonly secure: boolean;
  /** The address of the trusted proxy that made the connection; undefined where the client made it itself. */
  readonly proxy: string | undefined;
}

/** Reads `X-Forwarded-*`, believing them only from the addresses it was made for. */
export type PeerReader = (req: IncomingMessage, secure: boolean) => Peer;

/** @param trusted addresses, or networks as `10.0.0.0/8`. */
export function createPeerReader(trusted: readonly string[]): PeerReader {
  const networks = trusted.map((entry) => {
    const network = parseIpNetwork(entry);
    if (network === undefined) throw new TypeError(`${entry} is no address or network`);
    return network;
  });
  return (req, secure) => {
    const socketAddress = addressOfSocket(req.socket.remoteAddress ?? '');
    const host = (req.headers.host ?? '').toLowerCase();
    const peer = networks.length === 0 ? undefined : parseIpAddress(socketAddress);
    if (peer === undefined || !isProxy(networks, peer))
      return { address: socketAddress, host, secure, proxy: undefined };
    return {
      address: firstUntrusted(headerOf(req, 'x-forwarded-for'), networks) ?? socketAddress,
      host: hostIn(lastOf(headerOf(req, 'x-forwarded-host'))) ?? host,
      secure: (lastOf(headerOf(req, 'x-forwarded-proto'))?.toLowerCase() ?? (secure ? 'https' : 'http')) === 'https',
      proxy: socketAddress,
    };
  };
}

const isProxy = (networks: readonly IpNetwork[], address: IpAddress): boolean =>
  networks.some((network) => isInNetwork(network, address));

/**
 * Counted from the right, the first address that is not a trusted proxy: what stands left of it may be made up. Where an
 * entry is no address, the proxy that wrote it could not tell whom it speaks for, and counts as the client itself.
 * Undefined where no entry tells anything.
 */
function firstUntrusted(header: string | undefined, networks: readonly IpNetwork[]): string | undefined {
  let nearest: IpAddress | undefined;
  for (const entry of (header ?? '').split(',').toReversed()) {
    const text = entry.trim();
    // an element of a list may be empty (RFC 9110 §5.6.1)
    if (text === '') continue;
    const address = addressIn(text);
    if (address === undefined) break;
    nearest = address;
    if (!isProxy(networks, address)) break;
  }
  return nearest && formatIpAddress(nearest);
}

/** The address of an entry such as `192.0.2.1`, `192.0.2.1:567`, `::1`, `[::1]` or `[::1]:5`. */
function addressIn(text: string): IpAddress | undefined {
  const parts = /^(?:\[(?<six>[^\]]*:[^\]]*)\]|(?<four>[\d.]+))(?::\d{1,5})?$/.exec(text)?.groups;
  return parseIpAddress(parts?.['six'] ?? parts?.['four'] ?? text);
}

/** Node tells the interface of a link-local address behind a `%`; no rule asks for it. */
function addressOfSocket(text: string): string {
  if (!text.includes(':')) return text;
  const [bare = ''] = text.split('%', 1);
  const address = parseIpAddress(bare);
  return address ? formatIpAddress(address) : bare;
}

/** A name or an address, with or without a port, in lower case; undefined for anything else. */
function hostIn(text: string | undefined): string | undefined {
  const host = text?.toLowerCase() ?? '';
  return /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/.test(host) && host.length <= longestHost ? host : undefined;
}

/** Characters of a domain name (RFC 1035 §2.3.4) and of a port. */
const longestHost = 253 + ':65535'.length;

const lastOf = (header: string | undefined): string | undefined => header?.split(',').at(-1)?.trim() || undefined;

function headerOf(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}
