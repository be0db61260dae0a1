import { parseAddress, type Address } from './ip.ts';
import type { ValueCompiler } from './values.ts';

interface Range extends Address {
  /** How many bits from the left on must be the same. */
  readonly bits: number;
}

/** `203.0.113.0/24`, `2001:db8::/32`, or an address alone. A range of IPv4-mapped addresses is one of IPv4. */
function parseRange(text: string): Range | undefined {
  const [written = '', prefix, ...more] = text.split('/');
  const address = parseAddress(written);
  if (address === undefined || more.length > 0) return undefined;
  const whole = address.groups.length * 16;
  if (prefix === undefined) return { ...address, bits: whole };
  if (!/^\d{1,3}$/.test(prefix)) return undefined;
  const bits = Number(prefix) - (address.mapped ? 96 : 0);
  return bits >= 0 && bits <= whole ? { ...address, bits } : undefined;
}

function contains(range: Range, address: Address): boolean {
  if (range.groups.length !== address.groups.length) return false;
  for (let index = 0, left = range.bits; left > 0; index += 1, left -= 16) {
    const differ = (range.groups[index] ?? 0) ^ (address.groups[index] ?? 0);
    if (differ >>> Math.max(0, 16 - left) !== 0) return false;
  }
  return true;
}

/** The address that was asked for last: all conditions of a decision ask for the same one or two. */
let recent: { readonly text: string; readonly address: Address | undefined } = { text: '', address: undefined };

function recentAddress(text: string): Address | undefined {
  if (recent.text !== text) recent = { text, address: parseAddress(text) };
  return recent.address;
}

/** IpAddress: whether the address of the request lies in one of the ranges. IPv4 and IPv6 never meet. */
export const compileAddress: ValueCompiler = (values) => {
  const ranges = values.flatMap((value): Range[] => {
    const range = parseRange(value);
    return range === undefined ? [] : [range];
  });
  const matches = (text: string): boolean => {
    const address = recentAddress(text);
    return address !== undefined && ranges.some((range) => contains(range, address));
  };
  return { variables: [], matches };
};
