import type { Compilable, Kysely } from 'kysely';
import type { Schema } from './schema.ts';

/**
 * A statement of the store: built with Kysely, compiled once for each engine, run with named parameters. Compiling is
 * several times dearer than running, and a named statement is what PostgreSQL keeps a plan for.
 */
export interface Statement<P, R> {
  readonly build: (db: Kysely<Schema>, p: P) => Compilable<R>;
}

/** Declares a statement: `statement<{ name: string }>()((db, p) => db.selectFrom(…).where('name', '=', p.name))`. */
export function statement<P>(): <R>(build: Statement<P, R>['build']) => Statement<P, R> {
  return (build) => ({ build });
}

/** Stands where a parameter's value goes while a statement is compiled. */
export class Placeholder {
  readonly key: string;

  constructor(key: string) {
    this.key = key;
  }
}

/** An object that answers each property with a placeholder of that name: what `build` gets for `p`. */
export function placeholders<P>(): P {
  return new Proxy({}, { get: (_, key) => new Placeholder(String(key)) }) as P;
}

export interface Reader {
  all<P, R>(statement: Statement<P, R>, parameters: P): Promise<R[]>;
  first<P, R>(statement: Statement<P, R>, parameters: P): Promise<R | undefined>;
}

export interface Writer extends Reader {
  /** Runs a statement that changes rows and tells how many. */
  run<P, R>(statement: Statement<P, R>, parameters: P): Promise<number>;
}

export interface Store {
  /** Sees committed state only. */
  readonly read: Reader;
  /**
   * Runs a closure in a transaction and answers after it is on disk; all closures behave as if they ran one after another.
   * Inside, nothing but the given handle is awaited, and every precondition is read again: what was seen before the
   * closure may have changed. A closure may run more than once, so it has no effect outside of the database.
   */
  write<T>(closure: (tx: Writer) => Promise<T>): Promise<T>;
  /**
   * How many transactions have been committed, counted before anybody is answered; undefined where others write to the
   * same database. What was read at one count needs not be read again before the next.
   */
  readonly commits: number | undefined;
  /** Names this process among those that write to the same database; '' where it is alone. */
  readonly node: string;
  /** Whether the database takes requests at this moment; asks it. */
  isReachable(): Promise<boolean>;
  close(): Promise<void>;
}

/** A unique key or a foreign key was violated. Callers turn it into the refusal that it means. */
export class ConstraintError extends Error {
  constructor(cause: unknown) {
    super('a constraint of the database was violated', { cause });
    this.name = 'ConstraintError';
  }
}
