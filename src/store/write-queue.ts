import type { Writer } from './db.ts';

/** What the queue needs of an engine with one writer. */
export interface Transactions {
  readonly tx: Writer;
  begin(): void;
  commit(): void;
  rollback(): void;
  savepoint(): void;
  release(): void;
  rollbackToSavepoint(): void;
  /** False when the engine has given the whole transaction up by itself, as SQLite does when the disk is full. */
  stands(): boolean;
  /** Turns an error of the engine into one of ours; anything else comes back as it is. */
  translate(error: unknown): unknown;
}

interface Waiting {
  readonly closure: (tx: Writer) => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Bounds how long one transaction may grow while more closures keep coming. */
const mostMembers = 256;

/**
 * Group commit: closures that wait run one after another, each under its savepoint, in one transaction, and are answered
 * after the COMMIT that holds them. Refusals wait for it too, since they may rest on what a neighbour has just written.
 */
export class WriteQueue {
  readonly #engine: Transactions;
  readonly #waiting: Waiting[] = [];
  #draining: Promise<void> | undefined;
  #closed = false;
  #commits = 0;

  constructor(engine: Transactions) {
    this.#engine = engine;
  }

  /** Transactions committed so far. */
  get commits(): number {
    return this.#commits;
  }

  write<T>(closure: (tx: Writer) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new Error('the store is closed'));
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ closure, resolve: resolve as (value: unknown) => void, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Waits for what has been asked; refuses what comes later. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#draining;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      // A turn of the loop lets requests that are already here join the transaction.
      await new Promise((resolve) => setImmediate(resolve));
      await this.#runBatch();
    }
    this.#draining = undefined;
  }

  async #runBatch(): Promise<void> {
    const engine = this.#engine;
    const settle: { member: Waiting; done: () => void }[] = [];
    // Gives the whole transaction up. An engine that cannot even do that must still leave nobody without an answer.
    const failAll = (error: unknown): void => {
      for (const { member } of settle) member.reject(error);
      try {
        if (engine.stands()) engine.rollback();
      } catch {
        // The next begin fails in its turn, and says so to the one who asked for it.
      }
    };
    try {
      engine.begin();
    } catch (error) {
      this.#waiting.shift()?.reject(engine.translate(error));
      return;
    }
    for (let member = this.#waiting.shift(); member; member = this.#waiting.shift()) {
      const current = member;
      try {
        engine.savepoint();
        const value = await current.closure(engine.tx);
        engine.release();
        settle.push({ member: current, done: () => current.resolve(value) });
      } catch (cause) {
        const error = engine.translate(cause);
        settle.push({ member: current, done: () => current.reject(error) });
        if (!engine.stands()) return failAll(error);
        try {
          engine.rollbackToSavepoint();
          engine.release();
        } catch (broken) {
          return failAll(engine.translate(broken));
        }
      }
      if (settle.length >= mostMembers) break;
    }
    try {
      engine.commit();
    } catch (cause) {
      return failAll(engine.translate(cause));
    }
    this.#commits++;
    for (const { done } of settle) done();
  }
}
