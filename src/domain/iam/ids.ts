import { randomBytes } from 'node:crypto';

/**
 * Ids of IAM: a prefix of four letters that tells the kind, then 16 characters of base32. In access key ids the first 40
 * bits after the top one are the account, so that the account is known before anything is looked up
 * (sts:GetAccessKeyInfo reads it from there).
 */
export type IdPrefix = 'AKIA' | 'ASIA' | 'AIDA' | 'AROA' | 'AGPA' | 'ANPA';

const prefixes: ReadonlySet<string> = new Set<IdPrefix>(['AKIA', 'ASIA', 'AIDA', 'AROA', 'AGPA', 'ANPA']);
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** A new id of an account: 1 bit set, 40 bits of account, 39 random bits. */
export function newIamId(prefix: IdPrefix, account: string): string {
  const random = BigInt(`0x${randomBytes(5).toString('hex')}`) & 0x7fffffffffn;
  let bits = (1n << 79n) | (BigInt(account) << 39n) | random;
  let text = '';
  for (let i = 0; i < 16; i++) {
    text = alphabet[Number(bits & 31n)] + text;
    bits >>= 5n;
  }
  return prefix + text;
}

/** The account in an id made by {@link newIamId}, or undefined for a text that is no such id. */
export function accountOfIamId(id: string): string | undefined {
  if (id.length !== 20 || !prefixes.has(id.slice(0, 4))) return undefined;
  let bits = 0n;
  for (const character of id.slice(4)) {
    const value = alphabet.indexOf(character);
    if (value < 0) return undefined;
    bits = (bits << 5n) | BigInt(value);
  }
  // Ids without the top bit are from the time before accounts stood in them.
  if (bits >> 79n === 0n) return undefined;
  const account = (bits >> 39n) & 0xffffffffffn;
  if (account > 999999999999n) return undefined;
  return account.toString().padStart(12, '0');
}

/** A secret access key: 40 characters of base64, as AWS's have. */
export function newSecretAccessKey(): string {
  return randomBytes(30).toString('base64');
}
