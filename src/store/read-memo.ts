import type { Statement } from './db.ts';

/** What is kept, at most, in bytes as they are estimated here. */
const capacity = 16 * 1024 * 1024;

/** A guess of what an entry costs beside the bytes of its columns. */
const entryOverhead = 512;

/** And a row of a list. */
const rowOverhead = 64;

/** Answers with more bytes than this are read each time: few of them would push all others out. */
const largestAnswer = 256 * 1024;

interface Box {
  readonly found: unknown;
}

/** What one statement was answered, by its parameters. */
interface Answers {
  readonly tables: ReadonlySet<string>;
  readonly byKey: Map<string, Box>;
  bytes: number;
}

/**
 * What was read of tables that nothing was written to since. Where one process owns the database nothing else can have
 * changed, so the same question has the same answer: a pull by tag asks the same three all day, and every push asks who
 * is asking and what they may do. Answers are shared between their readers, and nobody changes a row.
 */
export class ReadMemo {
  readonly #answers = new Map<unknown, Answers>();
  #bytes = 0;

  /** The answer given before, boxed, since "no such row" is one too. */
  find<T>(statement: Statement<never, unknown>, key: string): { readonly found: T } | undefined {
    return this.#answers.get(statement)?.byKey.get(key) as { readonly found: T } | undefined;
  }

  /** `tables` are those that the statement reads, for all its answers the same. */
  put(statement: Statement<never, unknown>, key: string, found: unknown, tables: ReadonlySet<string>): void {
    const bytes = entryOverhead + key.length + bytesOf(found);
    if (bytes > largestAnswer) return;
    if (this.#bytes + bytes > capacity) this.clear();
    let answers = this.#answers.get(statement);
    if (answers === undefined) this.#answers.set(statement, (answers = { tables, byKey: new Map(), bytes: 0 }));
    answers.byKey.set(key, { found });
    answers.bytes += bytes;
    this.#bytes += bytes;
  }

  /** Forgets what was read of any of these tables. */
  forget(tables: ReadonlySet<string>): void {
    for (const answers of this.#answers.values()) if (!answers.tables.isDisjointFrom(tables)) this.#drop(answers);
  }

  clear(): void {
    for (const answers of this.#answers.values()) this.#drop(answers);
  }

  #drop(answers: Answers): void {
    if (answers.bytes === 0) return;
    answers.byKey.clear();
    this.#bytes -= answers.bytes;
    answers.bytes = 0;
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
  if (Array.isArray(row)) return row.reduce((sum: number, one) => sum + rowOverhead + bytesOf(one), 0);
  let bytes = 0;
  for (const value of Object.values(row)) {
    if (typeof value === 'string') bytes += value.length;
    else if (value instanceof Uint8Array) bytes += value.byteLength;
  }
  return bytes;
}
