/*
 * The form of a sealed blob file, version 1. All numbers are big endian.
 *
 *   header, 64 bytes, written once and never changed
 *     0   8  magic "STOWBLOB"
 *     8   1  version, 1
 *     9   1  algorithm, 1 = AES-256-GCM
 *    10   2  zero
 *    12   4  segment size: plain bytes of every segment but the last
 *    16  48  blob id, ASCII, filled with zero bytes
 *
 *   segment 0, 1, 2 …, each
 *    12  nonce, random
 *     n  ciphertext; n = segment size, in the last one 0 … segment size
 *    16  tag; authenticates as well: header 64 · segment number 8 · last flag 1 (1 = last, 0 = not)
 *
 * A blob has at least one segment; only that of an empty blob is empty. So the length of the file follows from the
 * number of plain bytes, the place of a segment from its number, and a file that was cut, extended, put together from
 * others or re-ordered does not open: number and last flag do not fit.
 *
 * While an upload is under way the file has the header and full segments that are not the last: the last 1 to
 * "segment size" bytes always wait outside, as the tail, because only the end of the upload tells which segment is the
 * last. The tail is a record of its own (its own nonce; it authenticates upload id and offset), kept by the caller:
 *
 *    12  nonce · n ciphertext · 16 tag
 *
 * A nonce is random every time something is sealed, so that a segment or a tail that is sealed again after a crash
 * never shares one.
 */

const magic = Buffer.from('STOWBLOB');
const formatVersion = 1;
export const headerLength = 64;
export const nonceLength = 12;
export const tagLength = 16;
/** What sealing adds to a segment and to a tail. */
export const segmentOverhead = nonceLength + tagLength;

export const defaultSegmentSize = 1024 * 1024;
export const largestSegmentSize = 16 * 1024 * 1024;

/** How many segments a blob of so many plain bytes has; at least one. */
export function segmentCount(plainLength: number, segmentSize: number): number {
  return Math.max(1, Math.ceil(plainLength / segmentSize));
}

/** Bytes of the file of a finished blob. */
export function sealedLength(plainLength: number, segmentSize: number): number {
  return headerLength + plainLength + segmentCount(plainLength, segmentSize) * segmentOverhead;
}

/** Plain bytes of a finished file; undefined where no finished file has that length. */
export function plainLength(fileLength: number, segmentSize: number): number | undefined {
  const body = fileLength - headerLength;
  const segments = Math.ceil(body / (segmentSize + segmentOverhead));
  const plain = body - segments * segmentOverhead;
  return plain >= 0 && sealedLength(plain, segmentSize) === fileLength ? plain : undefined;
}

/** Where a segment begins in the file; also the length of a file that holds just the full segments before it. */
export function segmentOffset(segment: number, segmentSize: number): number {
  return headerLength + segment * (segmentSize + segmentOverhead);
}

/** Plain bytes of one segment of a finished blob. */
export function segmentLength(segment: number, size: number, segmentSize: number): number {
  return Math.min(segmentSize, size - segment * segmentSize);
}

export function encodeHeader(blobId: string, segmentSize: number): Buffer {
  const header = Buffer.alloc(headerLength);
  magic.copy(header);
  header.writeUInt8(formatVersion, 8);
  header.writeUInt8(1, 9);
  header.writeUInt32BE(segmentSize, 12);
  header.write(blobId, 16, 'latin1');
  return header;
}

/** The segment size that a header tells, or in words why it is not the header of this blob. */
export function decodeHeader(header: Buffer, blobId: string): { segmentSize: number } | { refusal: string } {
  if (header.length < headerLength || !header.subarray(0, magic.length).equals(magic)) {
    return { refusal: 'the file does not begin as a blob' };
  }
  if (header.readUInt8(8) !== formatVersion) return { refusal: 'its format version is not known' };
  const segmentSize = header.readUInt32BE(12);
  if (segmentSize < 1 || segmentSize > largestSegmentSize) return { refusal: 'its segment size is out of range' };
  if (!header.subarray(0, headerLength).equals(encodeHeader(blobId, segmentSize))) {
    return { refusal: 'the header is that of another blob' };
  }
  return { segmentSize };
}
