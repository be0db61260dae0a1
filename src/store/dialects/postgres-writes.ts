import type pg from 'pg';
import type { Writer } from '../db.ts';
import { failureOf, spoilsConnection, translate } from './postgres-errors.ts';

/**
 * Held by whoever writes, for a transaction, so that there is one writer at a time among all nodes: closures run one
 * after another, as they do on the embedded database. Measured against serializable transactions side by side, which
 * met each other in every second run where 16 clients pushed ("writ" in ASCII; docs/decisions has the figures).
 */
const writeLock = 0x77726974;
const begin = `begin isolation level read committed; select pg_advisory_xact_lock(${writeLock})`;

/** Bounds how long one transaction may grow, and so how long its first member waits. */
const mostMembers = 64;

/** How often a closure may run whose transaction met somebody who does not keep to the lock. */
const mostRuns = 5;

interface Waiting {
  readonly closure: (tx: Writer) => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  runs: number;
}

export interface WriteLine {
  connect(): Promise<pg.PoolClient>;
  writerOn(client: pg.PoolClient): Writer;
}

/**
 * Group commit: closures that wait when the lock is there run one after another, each under its savepoint, in one
 * transaction, and are answered after the COMMIT that holds them. Whether a COMMIT without an answer was carried out is
 * not known, so that is a failure for all of them, and nothing is tried again.
 */
export class PostgresWrites {
  readonly #line: WriteLine;
  readonly #waiting: Waiting[] = [];
  #draining: Promise<void> | undefined;
  #closed = false;

  constructor(line: WriteLine) {
    this.#line = line;
  }

  write<T>(closure: (tx: Writer) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new Error('the store is closed'));
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ closure, resolve: resolve as (value: unknown) => void, reject, runs: 0 });
      this.#draining ??= this.#drain();
    });
  }

  /** Waits for what has been asked; refuses what comes later. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#draining;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) await this.#runBatch();
    this.#draining = undefined;
  }

  async #runBatch(): Promise<void> {
    let members: Waiting[] = [];
    let client: pg.PoolClient | undefined;
    let broken: Error | undefined;
    // Without a listener, a connection that is lost between two statements would end the process.
    const lost = (error: Error): void => void (broken ??= error);
    try {
      client = await this.#line.connect();
      client.on('error', lost);
      await client.query(begin);
      members = this.#waiting.splice(0, mostMembers);
      const settle = await this.#runMembers(client, members);
      const { command } = await client.query('commit');
      if (command !== 'COMMIT') throw new Error('the transaction was rolled back, since a statement in it had failed');
      for (const done of settle) done();
    } catch (error) {
      if (spoilsConnection(error)) lost(error as Error);
      if (broken === undefined) await client?.query('rollback').catch(lost);
      // Whoever waits while there is no database is told now, not each after a time-out of his own.
      for (const member of members.length > 0 ? members : this.#waiting.splice(0)) this.#refusalOf(member, error)();
    } finally {
      client?.off('error', lost);
      client?.release(broken);
    }
  }

  /** Runs members and gives what answers them after the commit. @throws where the transaction is lost for all. */
  async #runMembers(client: pg.PoolClient, members: readonly Waiting[]): Promise<(() => void)[]> {
    const tx = this.#line.writerOn(client);
    const settle: (() => void)[] = [];
    const isAlone = members.length === 1;
    let savepoint = 'savepoint member';
    for (const member of members) {
      try {
        if (!isAlone) await client.query(savepoint);
        savepoint = 'release member; savepoint member';
        const value = await member.closure(tx);
        settle.push(() => member.resolve(value));
      } catch (error) {
        if (isAlone || spoilsConnection(error)) throw error;
        await client.query('rollback to member');
        settle.push(this.#refusalOf(member, error));
      }
    }
    return settle;
  }

  #refusalOf(member: Waiting, error: unknown): () => void {
    member.runs += 1;
    if (failureOf(error) !== 'again' || member.runs >= mostRuns) return () => member.reject(translate(error));
    return () => {
      this.#waiting.unshift(member);
    };
  }
}
