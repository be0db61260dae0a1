import type { Statement } from './db.ts';

/** What is kept, at most, in bytes as they are estimated here. */
const capacity = 16 * 1024 * 1024;

/** A guess of what an entry costs beside the bytes of its columns. */
const entryOverhead = 512;

/** Rows with more bytes than this are read each time: few of them would push all others out. */
const largestRow = 64 * 1024;

/**
 * Single rows that were read since the last commit. Where one process owns the database nothing can have changed
 * between two commits, so the same question has the same answer; a pull by tag asks the same three all day. Rows are
 * shared between their readers, and nobody changes a row.
 */
export class ReadMemo {
  readonly #answers = new Map<Statement<never, unknown>, Map<string, { readonly row: unknown }>>();
  #bytes = 0;

  /** The answer given before, boxed, since "no such row" is one too. */
  find<P, R>(statement: Statement<P, R>, key: string): { readonly row: R | undefined } | undefined {
    const box = this.#answers.get(statement)?.get(key);
    return box as { readonly row: R | undefined } | undefined;
  }

  put<P, R>(statement: Statement<P, R>, key: string, row: R | undefined): void {
    const bytes = entryOverhead + key.length + bytesOf(row);
    if (bytes > largestRow) return;
    if (this.#bytes + bytes > capacity) this.clear();
    this.#bytes += bytes;
    const known = statement as unknown as Statement<never, unknown>;
    const answers = this.#answers.get(known) ?? new Map<string, { readonly row: unknown }>();
    this.#answers.set(known, answers.set(key, { row }));
  }

  clear(): void {
    if (this.#bytes === 0) return;
    for (const answers of this.#answers.values()) answers.clear();
    this.#bytes = 0;
  }
}

/** Names one set of parameters; lengths keep neighbours from running into each other. */
export function memoKey(values: readonly unknown[]): string {
  let key = '';
  for (const value of values) {
    const text = typeof value === 'string' ? value : String(value);
    key += `${typeof value === 'string' ? 's' : 'n'}${text.length}:${text}`;
  }
  return key;
}

function bytesOf(row: unknown): number {
  if (typeof row !== 'object' || row === null) return 0;
  let bytes = 0;
  for (const value of Object.values(row)) {
    if (typeof value === 'string') bytes += value.length;
    else if (value instanceof Uint8Array) bytes += value.byteLength;
  }
  return bytes;
}
