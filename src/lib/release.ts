/** Smaller buffers may be slices of Node's pool, and giving those back one by one would gain nothing. */
export const worthReleasing = 128 * 1024;

/**
 * Gives the memory of a large buffer back at once; the buffer, and all others over the same memory, are empty from then
 * on. Only for memory that nobody else reads any more. Node can decrypt into new buffers only, and left to the garbage
 * collector they cost more than decrypting does: each few dozen megabytes start a collection of the whole heap.
 */
export function release(buffer: Uint8Array): void {
  const memory = buffer.buffer;
  if (memory instanceof ArrayBuffer && memory.byteLength >= worthReleasing) memory.transfer(0);
}

/** Pieces of a body are smaller; below this, giving them back is dearer than leaving them to the collector. */
const leastPiece = 16 * 1024;

/** As {@link release}, for a piece of a body. One that shares its memory with others is left alone. */
export function releasePiece(piece: Uint8Array): void {
  const memory = piece.buffer;
  const isAlone = memory instanceof ArrayBuffer && memory.byteLength === piece.byteLength;
  if (isAlone && memory.byteLength >= leastPiece) memory.transfer(0);
}

/**
 * As {@link releasePiece}, for a piece that was received from a stream, after this turn of the loop: what has parsed it
 * may still stand on its memory.
 */
export function releaseLater(piece: Uint8Array): void {
  if (piece.byteLength >= leastPiece) setImmediate(releasePiece, piece);
}
