/** An address as groups of 16 bits: two of IPv4, eight of IPv6. */
export interface IpAddress {
  readonly groups: readonly number[];
  /** True for an IPv4 address that was written as `::ffff:192.0.2.1`. */
  readonly mapped: boolean;
}

/** Addresses whose first bits are the same. */
export interface IpNetwork extends IpAddress {
  readonly bits: number;
}

/** Reads an IPv4 or IPv6 address; IPv4-mapped ones become IPv4. Undefined for anything else, zones included. */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (!text.includes(':')) {
    const groups = parseV4(text);
    return groups && { groups, mapped: false };
  }
  const groups = parseV6(text);
  if (groups === undefined) return undefined;
  const mapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  return mapped ? { groups: groups.slice(6), mapped } : { groups, mapped };
}

/** `203.0.113.0/24`, `2001:db8::/32`, or an address alone. A network of IPv4-mapped addresses is one of IPv4. */
export function parseIpNetwork(text: string): IpNetwork | undefined {
  const [written = '', prefix, ...more] = text.split('/');
  const address = parseIpAddress(written);
  if (address === undefined || more.length > 0) return undefined;
  const whole = address.groups.length * 16;
  if (prefix === undefined) return { ...address, bits: whole };
  if (!/^\d{1,3}$/.test(prefix)) return undefined;
  const bits = Number(prefix) - (address.mapped ? 96 : 0);
  return bits >= 0 && bits <= whole ? { ...address, bits } : undefined;
}

/** Whether an address lies in a network. IPv4 and IPv6 never meet. */
export function isInNetwork(network: IpNetwork, address: IpAddress): boolean {
  return startsAlike(network, address, network.bits);
}

/** Whether any address lies in both. */
export function networksOverlap(a: IpNetwork, b: IpNetwork): boolean {
  return startsAlike(a, b, Math.min(a.bits, b.bits));
}

function startsAlike(a: IpAddress, b: IpAddress, bits: number): boolean {
  if (a.groups.length !== b.groups.length) return false;
  for (let index = 0, left = bits; left > 0; index += 1, left -= 16) {
    const differ = (a.groups[index] ?? 0) ^ (b.groups[index] ?? 0);
    if (differ >>> Math.max(0, 16 - left) !== 0) return false;
  }
  return true;
}

/** The one way to write an address: dotted for IPv4, the form of RFC 5952 for IPv6. */
export function formatIpAddress({ groups }: IpAddress): string {
  if (groups.length === 2) return groups.map((group) => `${group >>> 8}.${group & 0xff}`).join('.');
  const { start, length } = longestZeros(groups);
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

/** A network with nothing but zeros behind its bits, so that equal networks have equal texts. */
export function formatIpNetwork({ groups, bits, mapped }: IpNetwork): string {
  const kept = groups.map((group, index) => group & (0xffff << Math.min(16, Math.max(0, (index + 1) * 16 - bits))));
  return `${formatIpAddress({ groups: kept.map((group) => group & 0xffff), mapped })}/${bits}`;
}

/** The first of the longest runs of groups that are zero. */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > longest.length) longest = { start, length: index + 1 - start };
  }
  return longest;
}

function parseV4(text: string): number[] | undefined {
  const found = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (found === null) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = found.slice(1).map(Number);
  return Math.max(a, b, c, d) > 255 ? undefined : [a * 256 + b, c * 256 + d];
}

function parseV6(text: string): number[] | undefined {
  const [before = '', after, ...more] = text.split('::');
  const left = parseGroups(before);
  if (left === undefined || more.length > 0) return undefined;
  if (after === undefined) return left.length === 8 ? left : undefined;
  const right = parseGroups(after);
  if (right === undefined || left.length + right.length > 7) return undefined;
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
}

/** Groups between single colons; the last may be an IPv4 address. */
function parseGroups(text: string): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else {
      const last = index === parts.length - 1 ? parseV4(part) : undefined;
      if (last === undefined) return undefined;
      groups.push(...last);
    }
  }
  return groups;
}
