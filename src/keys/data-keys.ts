import { randomBytes } from 'node:crypto';
import type { RootKey } from './port.ts';
import { openWrapped, sealWrapped } from './seal.ts';

const keyLength = 32;

/** Where an account key belongs; part of what is authenticated, so a sealed one cannot be moved to another row. */
export interface AccountKeyOwner {
  readonly account: string;
  readonly region: string;
  /** Random id of the key, unique in the installation. */
  readonly keyId: string;
}

/** The built-in key of one account in one region ("AES256" encryption), opened. */
export interface AccountKey {
  readonly id: string;
  readonly bytes: Buffer;
}

/** What a data key is bound to: ECR's encryption context (identity.md §5.1). */
export interface DataKeyContext {
  readonly repositoryArn: string;
  /** ARN of the layer or manifest, ending in its digest. */
  readonly objectArn: string;
}

/** Makes an account key; only the sealed form is kept. */
export function newAccountKey(root: RootKey, owner: AccountKeyOwner): { key: AccountKey; sealed: Buffer } {
  const bytes = randomBytes(keyLength);
  return { key: { id: owner.keyId, bytes }, sealed: root.wrap(bytes, ownerBytes(owner)) };
}

/** Opens a sealed account key; throws SealError for another owner or another root key. */
export function openAccountKey(root: RootKey, sealed: Uint8Array, owner: AccountKeyOwner): AccountKey {
  return { id: owner.keyId, bytes: root.unwrap(sealed, ownerBytes(owner)) };
}

const ownerBytes = (owner: AccountKeyOwner): Buffer =>
  encodeContext({ use: 'stowage account key', account: owner.account, region: owner.region, key: owner.keyId });

/** 32 random bytes: the key of one blob or one manifest. */
export function newDataKey(): Buffer {
  return randomBytes(keyLength);
}

/** Wraps a data key for one link. Every wrap is different, and any number of them may be made under one account key. */
export function wrapDataKey(key: AccountKey, dataKey: Uint8Array, context: DataKeyContext): Buffer {
  return sealWrapped(key.bytes, dataKey, dataKeyAad(key, context));
}

/** Throws SealError where the wrap was altered or belongs to another key, repository or object. */
export function unwrapDataKey(key: AccountKey, wrapped: Uint8Array, context: DataKeyContext): Buffer {
  return openWrapped(key.bytes, wrapped, dataKeyAad(key, context));
}

function dataKeyAad(key: AccountKey, context: DataKeyContext): Buffer {
  const id = Buffer.from(key.id);
  const pairs = encodeContext({ 'aws:ecr:arn': context.repositoryArn, 'aws:s3:arn': context.objectArn });
  return Buffer.concat([lengthOf(id), id, pairs]);
}

/**
 * The one byte form of an encryption context: pairs sorted by the UTF-8 bytes of their names, every part with its
 * length before it, so that two different contexts never have the same bytes.
 */
export function encodeContext(context: Readonly<Record<string, string>>): Buffer {
  const pairs = Object.entries(context).map(([name, value]) => [Buffer.from(name), Buffer.from(value)] as const);
  pairs.sort(([a], [b]) => Buffer.compare(a, b));
  return Buffer.concat(pairs.flatMap(([name, value]) => [lengthOf(name), name, lengthOf(value), value]));
}

function lengthOf(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return length;
}
