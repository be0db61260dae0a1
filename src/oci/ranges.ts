/** Headers about ranges of bytes. Ends are exclusive here, inclusive on the wire. */

export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The range that a `Range` header asks for of `size` bytes (RFC 9110 §14.2). Undefined where there is none to honour:
 * another unit, several ranges, or a malformed one, all of which are answered with everything.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  const match = header === undefined || header.length > 64 ? null : /^bytes=([0-9]*)-([0-9]*)$/.exec(header.trim());
  if (!match) return undefined;
  const [first, last] = [match[1] ?? '', match[2] ?? ''];
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= size) return 'unsatisfiable';
  return { start, end: last === '' ? size : Math.min(Number(last) + 1, size) };
}

/** Place of a chunk as `Content-Range: <first>-<last>` says it (OCI), `bytes <first>-<last>/<size>` tolerated. */
export function parseContentRange(header: string): { first: number; length: number } | undefined {
  const match =
    header.length > 96
      ? null
      : /^(?:bytes[ =])?([0-9]{1,15})-([0-9]{1,15})(?:\/(?:[0-9]{1,15}|\*))?$/.exec(header.trim());
  if (!match) return undefined;
  const [first, last] = [Number(match[1]), Number(match[2])];
  return last < first ? undefined : { first, length: last - first + 1 };
}

/** How far an upload is, as a `Range` header: `0-0` for nothing as well as for one byte, as the specification has it. */
export function progressRange(received: number): string {
  return `0-${Math.max(received - 1, 0)}`;
}
