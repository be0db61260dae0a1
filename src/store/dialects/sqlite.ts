import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import { RegistryError } from '../../domain/errors.ts';
import {
  ConstraintError,
  Placeholder,
  placeholders,
  type Reader,
  type Statement,
  type Store,
  type Writer,
} from '../db.ts';
import type { Spelling } from '../migrations/index.ts';
import type { Schema } from '../schema.ts';
import { WriteQueue, type Transactions } from '../write-queue.ts';

export const sqliteSpelling: Spelling = {
  integer: 'integer',
  bytes: 'blob',
  counter: 'integer primary key autoincrement',
  narrow: ' strict, without rowid',
  table: ' strict',
};

/** Result codes of SQLite that we understand (sqlite.org/rescode.html). */
const code = { full: 13, constraint: 19 };

interface Prepared {
  readonly statement: StatementSync;
  readonly keys: readonly (string | { readonly value: SQLInputValue })[];
}

/** A connection and the statements prepared on it. */
class Connection implements Writer {
  readonly database: DatabaseSync;
  readonly #builder: Kysely<Schema>;
  readonly #prepared = new Map<Statement<never, unknown>, Prepared>();

  constructor(database: DatabaseSync, builder: Kysely<Schema>) {
    this.database = database;
    this.#builder = builder;
  }

  async all<P, R>(statement: Statement<P, R>, parameters: P): Promise<R[]> {
    const prepared = this.#prepare(statement);
    return prepared.statement.all(...bind(prepared, parameters)) as R[];
  }

  async first<P, R>(statement: Statement<P, R>, parameters: P): Promise<R | undefined> {
    const prepared = this.#prepare(statement);
    return prepared.statement.get(...bind(prepared, parameters)) as R | undefined;
  }

  async run<P, R>(statement: Statement<P, R>, parameters: P): Promise<number> {
    const prepared = this.#prepare(statement);
    return Number(prepared.statement.run(...bind(prepared, parameters)).changes);
  }

  #prepare<P, R>(statement: Statement<P, R>): Prepared {
    const key = statement as unknown as Statement<never, unknown>;
    const known = this.#prepared.get(key);
    if (known) return known;
    const compiled = statement.build(this.#builder, placeholders<P>()).compile();
    const prepared: Prepared = {
      statement: this.database.prepare(compiled.sql),
      keys: compiled.parameters.map((one) => (one instanceof Placeholder ? one.key : { value: one as SQLInputValue })),
    };
    this.#prepared.set(key, prepared);
    return prepared;
  }
}

function bind<P>(prepared: Prepared, parameters: P): SQLInputValue[] {
  return prepared.keys.map((key) => {
    if (typeof key !== 'string') return key.value;
    const value = (parameters as Record<string, SQLInputValue | undefined>)[key];
    if (value === undefined) throw new TypeError(`a statement lacks its parameter '${key}'`);
    return value;
  });
}

class SqliteTransactions implements Transactions {
  readonly tx: Writer;
  readonly #database: DatabaseSync;
  readonly #run: Record<'begin' | 'commit' | 'rollback' | 'savepoint' | 'release' | 'back', StatementSync>;

  constructor(connection: Connection) {
    this.tx = connection;
    this.#database = connection.database;
    const prepare = (sql: string): StatementSync => connection.database.prepare(sql);
    this.#run = {
      begin: prepare('begin immediate'),
      commit: prepare('commit'),
      rollback: prepare('rollback'),
      savepoint: prepare('savepoint member'),
      release: prepare('release member'),
      back: prepare('rollback to member'),
    };
  }

  begin(): void {
    this.#run.begin.run();
  }
  commit(): void {
    this.#run.commit.run();
  }
  rollback(): void {
    this.#run.rollback.run();
  }
  savepoint(): void {
    this.#run.savepoint.run();
  }
  release(): void {
    this.#run.release.run();
  }
  rollbackToSavepoint(): void {
    this.#run.back.run();
  }
  stands(): boolean {
    return this.#database.isTransaction;
  }
  translate(error: unknown): unknown {
    const result = (error as { errcode?: number }).errcode;
    if (typeof result !== 'number') return error;
    if ((result & 0xff) === code.full) return new RegistryError('storageFull', {});
    if ((result & 0xff) === code.constraint) return new ConstraintError(error);
    return error;
  }
}

function connect(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec(`
    pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;
    pragma busy_timeout = 5000; pragma cache_size = -65536; pragma temp_store = memory;`);
  return database;
}

export interface SqliteOptions {
  /** Brings the database to its newest form before anything else is done with it. */
  readonly prepare: (database: DatabaseSync) => void;
  /** Bounds the size of the file in pages; tests fill a disk with it. */
  readonly maxPages?: number | undefined;
}

/** Opens the embedded database. Reads have a connection of their own, so that they see committed state only. */
export function openSqlite(path: string, options: SqliteOptions): Store {
  const builder = new Kysely<Schema>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
  const writer = new Connection(connect(path), builder);
  options.prepare(writer.database);
  if (options.maxPages) writer.database.exec(`pragma max_page_count = ${Math.trunc(options.maxPages)}`);
  const reader: Connection = new Connection(connect(path), builder);
  reader.database.exec('pragma query_only = on');
  const queue = new WriteQueue(new SqliteTransactions(writer));
  return {
    read: reader satisfies Reader,
    write: (closure) => queue.write(closure),
    get commits() {
      return queue.commits;
    },
    close: async () => {
      await queue.close();
      reader.database.close();
      writer.database.exec('pragma wal_checkpoint(truncate)');
      writer.database.close();
    },
  };
}
