import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto';
import { headerLength, nonceLength, segmentOverhead, tagLength } from './layout.ts';
import { CorruptBlobError } from './port.ts';

const algorithm = 'aes-256-gcm';
const options = { authTagLength: tagLength };

/** What is authenticated beside the bytes of a segment: header, segment number, last flag. */
function segmentAad(header: Buffer, segment: number, last: boolean): Buffer {
  const aad = Buffer.allocUnsafe(headerLength + 9);
  header.copy(aad);
  aad.writeBigUInt64BE(BigInt(segment), headerLength);
  aad.writeUInt8(last ? 1 : 0, headerLength + 8);
  return aad;
}

/** Seals one segment, given in pieces; so is the answer, to be written in that order. `plain` is free again then. */
export function sealSegment(
  key: Uint8Array,
  header: Buffer,
  place: { readonly segment: number; readonly last: boolean },
  plain: readonly Uint8Array[],
): Buffer[] {
  return seal(key, segmentAad(header, place.segment, place.last), plain);
}

/** Opens a segment (nonce, ciphertext, tag); undefined where it is not what was sealed at that place. */
export function openSegment(
  key: Uint8Array,
  header: Buffer,
  place: { readonly segment: number; readonly last: boolean },
  sealed: Uint8Array,
): Buffer | undefined {
  return open(key, segmentAad(header, place.segment, place.last), sealed);
}

const tailAad = (uploadId: string, offset: number): Buffer =>
  Buffer.from(`stowage upload tail\0${offset}\0${uploadId}`);

/** Seals the bytes of an upload that no segment of its file holds yet, as the record that the caller keeps. */
export function sealTail(
  key: Uint8Array,
  uploadId: string,
  offset: number,
  plain: readonly Uint8Array[],
): Buffer | undefined {
  return offset === 0 ? undefined : Buffer.concat(seal(key, tailAad(uploadId, offset), plain));
}

/** The plain bytes of an upload's tail. Throws where state and tail do not belong together. */
export function openTail(
  key: Uint8Array,
  state: {
    readonly uploadId: string;
    readonly blobId: string;
    readonly offset: number;
    readonly tail: Buffer | undefined;
  },
): Buffer {
  const { offset, tail } = state;
  if (tail === undefined && offset === 0) return Buffer.alloc(0);
  const plain = tail && open(key, tailAad(state.uploadId, offset), tail);
  if (plain === undefined || plain.length === 0 || plain.length > offset) {
    throw new CorruptBlobError(state.blobId, 'the tail of its upload does not open');
  }
  return plain;
}

function seal(key: Uint8Array, aad: Buffer, plain: readonly Uint8Array[]): Buffer[] {
  const nonce = randomFillSync(Buffer.allocUnsafe(nonceLength));
  const cipher = createCipheriv(algorithm, key, nonce, options);
  cipher.setAAD(aad);
  const ciphertext = plain.map((piece) => cipher.update(piece));
  cipher.final();
  return [nonce, ...ciphertext, cipher.getAuthTag()];
}

function open(key: Uint8Array, aad: Buffer, sealed: Uint8Array): Buffer | undefined {
  if (sealed.length < segmentOverhead) return undefined;
  const tagAt = sealed.length - tagLength;
  const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, nonceLength), options);
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(tagAt));
  const plain = decipher.update(sealed.subarray(nonceLength, tagAt));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return plain;
}
