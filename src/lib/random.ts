import { randomBytes } from 'node:crypto';

const lowerBase32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** A random id of `length` lower-case base32 characters (5 bits each). */
export function randomId(length: number): string {
  let id = '';
  for (const byte of randomBytes(length)) id += lowerBase32[byte & 31];
  return id;
}
