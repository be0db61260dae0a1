import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { SealError } from './port.ts';

/*
 * Two forms of sealed bytes, both AES-256-GCM with a tag of 16 bytes:
 *
 *   small     0x01 · nonce 12 · ciphertext · tag     under the key itself, the nonce random
 *   wrapped   0x02 · salt 16  · ciphertext · tag     under HMAC-SHA256(key, 0x02 · salt), the nonce zero
 *
 * "small" is for a key that seals few things (a data key: one manifest). A key that seals without end, as root and
 * account keys do, uses "wrapped": each message has a key of its own, so that no number of messages is too many for
 * random nonces (identity.md §5.2).
 */

const nonceLength = 12;
const saltLength = 16;
const tagLength = 16;
const smallVersion = Buffer.of(1);
const wrappedVersion = Buffer.of(2);
const zeroNonce = Buffer.alloc(nonceLength);

/** What sealing adds to the length of the plain bytes. */
export const smallOverhead = 1 + nonceLength + tagLength;

/** Seals under a key of 32 bytes that is used for few messages (far below 2^32): manifests, secrets. */
export function sealSmall(key: Uint8Array, plain: Uint8Array, aad: Uint8Array | string): Buffer {
  const nonce = randomBytes(nonceLength);
  return Buffer.concat([smallVersion, nonce, ...encrypt(key, nonce, plain, [smallVersion, bytesOf(aad)])]);
}

/** Opens what {@link sealSmall} made; throws SealError where key, bytes or `aad` differ. */
export function openSmall(key: Uint8Array, sealed: Uint8Array, aad: Uint8Array | string): Buffer {
  if (sealed.length < smallOverhead || sealed[0] !== smallVersion[0]) throw new SealError();
  const nonce = sealed.subarray(1, 1 + nonceLength);
  return decrypt(key, nonce, sealed.subarray(1 + nonceLength), [smallVersion, bytesOf(aad)]);
}

/** Seals under a key of 32 bytes that may be used any number of times: root and account keys. */
export function sealWrapped(key: Uint8Array, plain: Uint8Array, aad: Uint8Array | string): Buffer {
  const head = Buffer.concat([wrappedVersion, randomBytes(saltLength)]);
  const messageKey = createHmac('sha256', key).update(head).digest();
  const sealed = Buffer.concat([head, ...encrypt(messageKey, zeroNonce, plain, [head, bytesOf(aad)])]);
  messageKey.fill(0);
  return sealed;
}

/** Opens what {@link sealWrapped} made; throws SealError where key, bytes or `aad` differ. */
export function openWrapped(key: Uint8Array, sealed: Uint8Array, aad: Uint8Array | string): Buffer {
  if (sealed.length < 1 + saltLength + tagLength || sealed[0] !== wrappedVersion[0]) throw new SealError();
  const head = sealed.subarray(0, 1 + saltLength);
  const messageKey = createHmac('sha256', key).update(head).digest();
  try {
    return decrypt(messageKey, zeroNonce, sealed.subarray(head.length), [head, bytesOf(aad)]);
  } finally {
    messageKey.fill(0);
  }
}

const bytesOf = (value: Uint8Array | string): Uint8Array => (typeof value === 'string' ? Buffer.from(value) : value);

/** The version (and salt) stands first in the authenticated data; its length is fixed, so nothing can shift. */
function encrypt(key: Uint8Array, nonce: Uint8Array, plain: Uint8Array, aad: readonly Uint8Array[]): Buffer[] {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength });
  cipher.setAAD(Buffer.concat(aad));
  return [cipher.update(plain), cipher.final(), cipher.getAuthTag()];
}

function decrypt(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: readonly Uint8Array[]): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength });
  decipher.setAAD(Buffer.concat(aad));
  decipher.setAuthTag(sealed.subarray(sealed.length - tagLength));
  const plain = decipher.update(sealed.subarray(0, sealed.length - tagLength));
  try {
    decipher.final();
  } catch {
    plain.fill(0);
    throw new SealError();
  }
  return plain;
}
