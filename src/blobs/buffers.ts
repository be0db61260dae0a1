/** Buffers of one length that are used again: a new megabyte for every segment would cost more than sealing it. */
export interface BufferPool {
  readonly length: number;
  take(): Buffer;
  /** Hands a buffer back; only one that nobody reads or writes any more. */
  give(buffer: Buffer): void;
}

/** Keeps up to `keep` buffers. Every buffer has memory of its own, so that it can be handed to another thread. */
export function createBufferPool(length: number, keep: number): BufferPool {
  const free: Buffer[] = [];
  return {
    length,
    take: () => free.pop() ?? Buffer.allocUnsafeSlow(length),
    give(buffer) {
      if (buffer.length === length && free.length < keep) free.push(buffer);
    },
  };
}

export interface Holder {
  add(piece: Buffer): void;
  readonly length: number;
  readonly pieces: readonly Buffer[];
}

/** Collects pieces without copying them, but for bodies that come in crumbs: their pieces are joined, so they stay few. */
export function createHolder(): Holder {
  const pieces: Buffer[] = [];
  let length = 0;
  return {
    add(piece) {
      pieces.push(piece);
      length += piece.length;
      while (pieces.length > 32) {
        const [previous, last] = pieces.slice(-2) as [Buffer, Buffer];
        if (previous.length > 2 * last.length) break;
        pieces.splice(-2, 2, Buffer.concat([previous, last]));
      }
    },
    get length() {
      return length;
    },
    pieces,
  };
}
