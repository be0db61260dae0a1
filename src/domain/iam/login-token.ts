import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * The password of `docker login`: `LT1.<installation>.<id>.<mac>`. It says nothing of its holder; the row of the id does.
 * The MAC tells an altered token without a look into the database, the installation's id tells a foreign one. There is
 * no colon in it, since clients split `AWS:<password>` at colons, and it stays under 200 bytes.
 */
export interface LoginToken {
  readonly installation: string;
  readonly id: string;
}

/** Computes the authentication code of a token's text; keyed by the installation's root key. */
export type TokenMac = (text: string) => Buffer;

/** Begins with one of the letters A to O, so that the base64 of `AWS:` and a token begins `QVdTOk`, as at ECR. */
const version = 'LT1';

/** Life of a login token in milliseconds (ECR: 12 hours). */
export const loginTokenLife = 12 * 60 * 60 * 1000;

export function newLoginToken(installation: string, mac: TokenMac): { text: string; id: string } {
  const id = randomBytes(24).toString('base64url');
  const signed = `${version}.${installation}.${id}`;
  return { text: `${signed}.${mac(signed).toString('base64url')}`, id };
}

export type TokenRefusal = 'malformed' | 'foreign' | 'altered';

/** Reads a token; what comes back is genuine but may be expired or revoked. */
export function readLoginToken(text: string, installation: string, mac: TokenMac): LoginToken | TokenRefusal {
  if (text.length > 200) return 'malformed';
  const parts = text.split('.');
  const [first, from, id, code] = parts;
  if (parts.length !== 4 || first !== version || !from || !id || !code) return 'malformed';
  if (from !== installation) return 'foreign';
  // Compared as text: decoding base64url passes over stray characters and spare bits, and an altered token would do.
  const expected = Buffer.from(mac(`${version}.${from}.${id}`).toString('base64url'));
  const given = Buffer.from(code);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'altered';
  return { installation: from, id };
}

/** What the database keeps instead of the id, so that a copy of it opens nothing. */
export function loginTokenKey(id: string): string {
  return createHash('sha256').update(id).digest('base64url');
}
