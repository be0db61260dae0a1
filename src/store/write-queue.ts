import type { Writer } from './db.ts';

/** What the queue needs of an engine with one writer. */
export interface Transactions {
  readonly tx: Writer;
  begin(): void;
  /**
   * Commits; nobody reads what was written before it is on disk. Undefined when it is, or a promise of that, while which
   * the next transaction may begin, and no other commit. `alone` says that nobody else has anything to do meanwhile. An
   * error of the promise is the end of the engine: it takes no other transaction.
   */
  commit(alone: boolean): Promise<void> | undefined;
  /** Called now and then while no transaction is under way and all of them are on disk. */
  tidy(): void;
  /** True when {@link tidy} should be called soon. */
  readonly isUntidy: boolean;
  /** Counts what the engine is asked, reads too. */
  readonly asked: number;
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

/** One that has run, and how to answer it. */
interface Ran {
  readonly member: Waiting;
  readonly done: () => void;
}

/**
 * Group commit: closures that wait run one after another, each under its savepoint, in one transaction, and are answered
 * after the COMMIT that holds them is on disk. Refusals wait for it too, since they may rest on what a neighbour has just
 * written. While one transaction is on its way to the disk the next one runs, up to its own COMMIT.
 */
export class WriteQueue {
  readonly #engine: Transactions;
  readonly #waiting: Waiting[] = [];
  #draining: Promise<void> | undefined;
  /** The transaction that is on its way to the disk; never rejects. */
  #syncing: Promise<void> | undefined;
  /** What the engine had been asked when the only closure that waits came; undefined where others had come before. */
  #askedBefore: number | undefined;
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
      this.#askedBefore = this.#draining === undefined ? this.#engine.asked : undefined;
      this.#draining ??= this.#drain();
    });
  }

  /** Waits for what has been asked; refuses what comes later. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#draining;
    await this.#syncing;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      // A turn of the loop lets requests that are already here join the transaction.
      await new Promise((resolve) => setImmediate(resolve));
      await this.#runBatch();
      if (!this.#engine.isUntidy) continue;
      await this.#syncing;
      this.#engine.tidy();
    }
    this.#draining = undefined;
  }

  async #runBatch(): Promise<void> {
    const engine = this.#engine;
    const ran: Ran[] = [];
    try {
      engine.begin();
    } catch (error) {
      this.#waiting.shift()?.reject(engine.translate(error));
      return;
    }
    try {
      await this.#runWaiting(ran);
      if (this.#syncing !== undefined) {
        await this.#syncing;
        // Who came meanwhile need not wait for the next one.
        await this.#runWaiting(ran);
      }
      const alone = ran.length === 1 && engine.asked === this.#askedBefore;
      this.#answerAfter(engine.commit(alone), ran);
    } catch (cause) {
      this.#failAll(ran, engine.translate(cause));
    }
  }

  /** Runs closures that wait. @throws where the transaction is lost; then all in `ran` have failed. */
  async #runWaiting(ran: Ran[]): Promise<void> {
    const engine = this.#engine;
    while (ran.length < mostMembers) {
      const member = this.#waiting.shift();
      if (member === undefined) return;
      try {
        engine.savepoint();
        const value = await member.closure(engine.tx);
        engine.release();
        ran.push({ member, done: () => member.resolve(value) });
      } catch (cause) {
        const error = engine.translate(cause);
        ran.push({ member, done: () => member.reject(error) });
        if (!engine.stands()) throw error;
        engine.rollbackToSavepoint();
        engine.release();
      }
    }
  }

  #answerAfter(durable: Promise<void> | undefined, ran: readonly Ran[]): void {
    const answer = (): void => {
      this.#commits++;
      for (const { done } of ran) done();
    };
    if (durable === undefined) return answer();
    const fail = (cause: unknown): void => {
      const error = this.#engine.translate(cause);
      for (const { member } of ran) member.reject(error);
    };
    const syncing = durable.then(answer, fail).finally(() => {
      if (this.#syncing === syncing) this.#syncing = undefined;
    });
    this.#syncing = syncing;
  }

  /** Gives the whole transaction up. An engine that cannot even do that must still leave nobody without an answer. */
  #failAll(ran: readonly Ran[], error: unknown): void {
    for (const { member } of ran) member.reject(error);
    try {
      if (this.#engine.stands()) this.#engine.rollback();
    } catch {
      // The next begin fails in its turn, and says so to the one who asked for it.
    }
  }
}
