import {
  longestToken,
  packCredential,
  unpackCredential,
  type TemporaryCredential,
} from '../../domain/iam/session-token.ts';
import { SealError } from '../../keys/port.ts';
import { openWrapped, sealWrapped } from '../../keys/seal.ts';
import type { Installation } from '../installation/installation.ts';

/*
 * A session token: version 1 · id of the key 4 · sealed credential, in base64url. It is sealed under a key of its own,
 * derived from the root key, so any node verifies it without a read (identity.md §3); the id tells tokens of another
 * installation or of another root key without trying to open them.
 */
const version = 1;
const headLength = 5;

function keyOf({ root }: Installation): { id: Buffer; key: Buffer } {
  return { id: root.mac('session token key id', '').subarray(0, headLength - 1), key: root.mac('session token', '') };
}

/** The session token of a temporary credential. */
export function sealSessionToken(installation: Installation, credential: TemporaryCredential): string {
  const { id, key } = keyOf(installation);
  const head = Buffer.concat([Buffer.of(version), id]);
  return Buffer.concat([head, sealWrapped(key, packCredential(credential), head)]).toString('base64url');
}

/** What a session token says; undefined where it is not one that this installation has made, to the letter. */
export function openSessionToken(installation: Installation, token: string): TemporaryCredential | undefined {
  if (token.length > longestToken) return undefined;
  const bytes = Buffer.from(token, 'base64url');
  const { id, key } = keyOf(installation);
  const head = bytes.subarray(0, headLength);
  if (head[0] !== version || !head.subarray(1).equals(id)) return undefined;
  // Decoding passes over stray characters and spare bits; a token with such is another text.
  if (bytes.toString('base64url') !== token) return undefined;
  try {
    return unpackCredential(openWrapped(key, bytes.subarray(headLength), head));
  } catch (error) {
    if (error instanceof SealError) return undefined;
    throw error;
  }
}
