/** An address as groups of 16 bits: two of IPv4, eight of IPv6. */
export interface Address {
  readonly groups: readonly number[];
  /** True for an IPv4 address that was written as `::ffff:192.0.2.1`. */
  readonly mapped: boolean;
}

/** Reads an IPv4 or IPv6 address; IPv4-mapped ones become IPv4. Undefined for anything else, zones included. */
export function parseAddress(text: string): Address | undefined {
  if (!text.includes(':')) {
    const groups = parseV4(text);
    return groups && { groups, mapped: false };
  }
  const groups = parseV6(text);
  if (groups === undefined) return undefined;
  const mapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  return mapped ? { groups: groups.slice(6), mapped } : { groups, mapped };
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
