import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { RegistryError } from '../../domain/errors.ts';
import { bind, Compiler, type Compiled } from '../compiled.ts';
import { ConstraintError, type Reader, type Statement, type Store, type Writer } from '../db.ts';
import type { Spelling } from '../migrations/index.ts';
import { memoKey, ReadMemo } from '../read-memo.ts';
import { WriteQueue, type Transactions } from '../write-queue.ts';
import { openLog, type WriteAheadLog } from './sqlite-log.ts';

export const sqliteSpelling: Spelling = {
  integer: 'integer',
  bytes: 'blob',
  text: 'text',
  counter: 'integer primary key autoincrement',
  narrow: ' strict, without rowid',
  table: ' strict',
};

/** Result codes of SQLite that we understand (sqlite.org/rescode.html). */
const code = { full: 13, constraint: 19 };

interface Prepared extends Compiled {
  readonly statement: StatementSync;
  /** At least the tables that it changes. */
  readonly changes: readonly string[];
  /** At least the tables that it reads: every word of it that is the name of one. */
  readonly reads: ReadonlySet<string>;
}

/** No table has a key that deletes or changes rows of another, nor a trigger: a statement changes the table that it names. */
const changing = /^(?:insert into|update|delete from) "(\w+)"/;
const reading = /^(?:select|with recursive) /;

/** A connection and the statements prepared on it. */
class Connection implements Writer {
  readonly database: DatabaseSync;
  readonly #compiler: Compiler;
  readonly #prepared = new Map<Statement<never, unknown>, Prepared>();
  readonly #tables: ReadonlySet<string>;
  #changed = new Set<string>();

  constructor(database: DatabaseSync, compiler: Compiler) {
    this.database = database;
    this.#compiler = compiler;
    const tables = database.prepare(`select name from sqlite_schema where type = 'table'`).all();
    this.#tables = new Set(tables.map(({ name }) => String(name)));
  }

  /** Tables that statements of this connection have changed since this was asked last, or may have. */
  takeChanged(): ReadonlySet<string> {
    const changed = this.#changed;
    if (changed.size > 0) this.#changed = new Set();
    return changed;
  }

  async all<P, R>(statement: Statement<P, R>, parameters: P): Promise<R[]> {
    return this.rows(statement, parameters);
  }

  /** As `all`, in this turn of the loop. */
  rows<P, R>(statement: Statement<P, R>, parameters: P): R[] {
    const prepared = this.#begin(statement);
    return prepared.statement.all(...values(prepared, parameters)) as R[];
  }

  async first<P, R>(statement: Statement<P, R>, parameters: P): Promise<R | undefined> {
    return this.get(statement, parameters);
  }

  /** As `first`, in this turn of the loop. */
  get<P, R>(statement: Statement<P, R>, parameters: P): R | undefined {
    const prepared = this.#begin(statement);
    return prepared.statement.get(...values(prepared, parameters)) as R | undefined;
  }

  async run<P, R>(statement: Statement<P, R>, parameters: P): Promise<number> {
    const prepared = this.#begin(statement);
    return Number(prepared.statement.run(...values(prepared, parameters)).changes);
  }

  /** The values of a statement in its own order: what its caller named first says nothing. */
  values<P, R>(statement: Statement<P, R>, parameters: P): SQLInputValue[] {
    return values(this.#prepare(statement), parameters);
  }

  /** At least the tables that a statement reads. */
  tablesOf<P, R>(statement: Statement<P, R>): ReadonlySet<string> {
    return this.#prepare(statement).reads;
  }

  #begin<P, R>(statement: Statement<P, R>): Prepared {
    const prepared = this.#prepare(statement);
    for (const table of prepared.changes) this.#changed.add(table);
    return prepared;
  }

  #prepare<P, R>(statement: Statement<P, R>): Prepared {
    const key = statement as unknown as Statement<never, unknown>;
    const known = this.#prepared.get(key);
    if (known) return known;
    const compiled = this.#compiler.compile(statement);
    const { sql } = compiled;
    const changed = changing.exec(sql)?.[1];
    const changes = reading.test(sql) ? [] : changed === undefined ? [...this.#tables] : [changed];
    const reads = new Set(sql.match(/\w+/g)).intersection(this.#tables);
    const prepared: Prepared = { ...compiled, statement: this.database.prepare(sql), changes, reads };
    this.#prepared.set(key, prepared);
    return prepared;
  }
}

/**
 * Reads of committed state. What is read between two commits shares one transaction: taking and leaving SQLite's locks
 * for each read costs as much as the read itself. It ends when a commit is on disk, so what is read is always on disk, and
 * what is read after a commit was answered sees it. What was read of tables that a commit does not change is remembered
 * beyond it.
 */
class SnapshotReader implements Reader {
  readonly #connection: Connection;
  readonly #begin: StatementSync;
  readonly #end: StatementSync;
  readonly #pin: StatementSync;
  readonly #memo = new ReadMemo();
  #isOpen = false;
  #looks = 0;
  #failure: Error | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#begin = connection.database.prepare('begin');
    this.#end = connection.database.prepare('commit');
    this.#pin = connection.database.prepare('select 1 from sqlite_schema limit 1');
  }

  /** How often somebody has read so far. */
  get looks(): number {
    return this.#looks;
  }

  async all<P, R>(statement: Statement<P, R>, parameters: P): Promise<R[]> {
    return [...this.#look('all', statement, parameters, () => this.#connection.rows(statement, parameters))];
  }

  async first<P, R>(statement: Statement<P, R>, parameters: P): Promise<R | undefined> {
    return this.#look('first', statement, parameters, () => this.#connection.get(statement, parameters));
  }

  /** What was found since the tables were last changed, or what is found now. */
  #look<P, T>(want: 'all' | 'first', statement: Statement<P, unknown>, parameters: P, find: () => T): T {
    this.#looks += 1;
    const key = want + memoKey(this.#connection.values(statement, parameters));
    const known = this.#memo.find<T>(statement, key);
    if (known) return known.found;
    this.#open();
    // In one turn with the putting: a commit in between would leave an old row in a new memo.
    const found = find();
    this.#memo.put(statement, key, found, this.#connection.tablesOf(statement));
    return found;
  }

  /** From now on nothing is read but what is remembered, or was committed before. */
  refuse(failure: Error): void {
    this.#failure = failure;
  }

  #open(): void {
    if (this.#isOpen) return;
    if (this.#failure !== undefined) throw this.#failure;
    this.#begin.run();
    this.#isOpen = true;
  }

  /** What is read from here on sees what is committed by now, until {@link end}. */
  pin(): void {
    if (this.#isOpen) return;
    this.#open();
    // A transaction sees what was committed at its first look, and not at its beginning.
    this.#pin.get();
  }

  /** What is read from here on sees what is committed by then, and that may differ in these tables. */
  end(changed: ReadonlySet<string>): void {
    this.#memo.forget(changed);
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#end.run();
  }
}

const values = <P>(prepared: Prepared, parameters: P): SQLInputValue[] => bind(prepared, parameters) as SQLInputValue[];

class SqliteTransactions implements Transactions {
  readonly tx: Writer;
  readonly #connection: Connection;
  readonly #reader: SnapshotReader;
  readonly #database: DatabaseSync;
  readonly #log: WriteAheadLog;
  readonly #run: Record<'begin' | 'commit' | 'rollback' | 'savepoint' | 'release' | 'back', StatementSync>;
  readonly #frames: StatementSync;
  #commits = 0;
  #isUntidy = false;
  #failure: Error | undefined;

  constructor(connection: Connection, reader: SnapshotReader, log: WriteAheadLog) {
    this.tx = connection;
    this.#connection = connection;
    this.#reader = reader;
    this.#database = connection.database;
    this.#log = log;
    this.#frames = connection.database.prepare('pragma wal_checkpoint(noop)');
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

  get asked(): number {
    return this.#reader.looks;
  }
  /** False from a failed sync on. */
  get works(): boolean {
    return this.#failure === undefined;
  }
  begin(): void {
    if (this.#failure !== undefined) throw this.#failure;
    this.#run.begin.run();
  }
  commit(alone: boolean): Promise<void> | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    const changed = this.#connection.takeChanged();
    if (alone) this.#reader.end(changed);
    else this.#reader.pin();
    this.#run.commit.run();
    this.#commits += 1;
    this.#isUntidy ||= this.#commits % commitsPerLook === 0 && this.#isLong();
    if (alone) return this.#syncNow();
    return this.#log.sync().then(
      () => this.#reader.end(changed),
      (error: unknown) => this.#fail(error),
    );
  }
  get isUntidy(): boolean {
    return this.#isUntidy;
  }
  tidy(): void {
    this.#isUntidy = false;
    this.#reader.end(nothing);
    try {
      this.#database.exec('pragma wal_checkpoint(passive)');
    } catch {
      // No room, say. Nothing is lost: the log grows, and is copied another time.
    }
  }
  #syncNow(): undefined {
    try {
      this.#log.syncNow();
    } catch (error) {
      this.#fail(error);
    }
  }
  /** What is on disk is not known any more, and a second sync would not tell: a new start has to find out. */
  #fail(cause: unknown): never {
    this.#failure = new Error('the log of the database could not be synced', { cause });
    this.#reader.refuse(this.#failure);
    throw this.#failure;
  }
  #isLong(): boolean {
    const { log, checkpointed } = this.#frames.get() as { log: number; checkpointed: number };
    return log - checkpointed >= longLog;
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

const nothing: ReadonlySet<string> = new Set();

/** A log of so many pages is copied into the database, and begun anew. Its length is looked at after so many commits. */
const longLog = 4000;
const commitsPerLook = 8;

function connect(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec(`
    pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;
    pragma busy_timeout = 5000; pragma cache_size = -65536; pragma temp_store = memory;
    pragma wal_autocheckpoint = 0;`);
  return database;
}

export interface SqliteOptions {
  /** Brings the database to its newest form before anything else is done with it. */
  readonly prepare: (database: DatabaseSync) => void;
  /** Bounds the size of the file in pages; tests fill a disk with it. */
  readonly maxPages?: number | undefined;
  /** Tests put a disk in its place that is slow, or fails. */
  readonly openLog?: typeof openLog | undefined;
}

/** Opens the embedded database. Reads have a connection of their own, so that they see committed state only. */
export function openSqlite(path: string, options: SqliteOptions): Store {
  const compiler = new Compiler('sqlite');
  const writing = connect(path);
  options.prepare(writing);
  const writer = new Connection(writing, compiler);
  // What a commit has written is synced by us from here on; the order of log and database stays SQLite's care.
  writing.exec('pragma synchronous = normal');
  if (options.maxPages) writing.exec(`pragma max_page_count = ${Math.trunc(options.maxPages)}`);
  const reading = new Connection(connect(path), compiler);
  reading.database.exec('pragma query_only = on');
  const reader = new SnapshotReader(reading);
  const log = (options.openLog ?? openLog)(path);
  const transactions = new SqliteTransactions(writer, reader, log);
  const queue = new WriteQueue(transactions);
  return {
    read: reader,
    write: (closure) => queue.write(closure),
    get commits() {
      return queue.commits;
    },
    node: '',
    isReachable: async () => transactions.works,
    close: async () => {
      await queue.close();
      log.close();
      reading.database.close();
      writer.database.exec('pragma wal_checkpoint(truncate)');
      writer.database.close();
    },
  };
}
