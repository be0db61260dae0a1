import { createRequire } from 'node:module';
import type * as KyselyModule from 'kysely';
import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';

export type Dialect = 'sqlite' | 'postgres';

/** Kysely for an engine, without a connection: it writes SQL and runs none. Loading it is dear: see compiled.ts. */
export function createBuilder(dialect: Dialect): Kysely<Schema> {
  const kysely = createRequire(import.meta.url)('kysely') as typeof KyselyModule;
  const { SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } = kysely;
  const { PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } = kysely;
  const sqlite = dialect === 'sqlite';
  return new kysely.Kysely<Schema>({
    dialect: {
      createAdapter: () => (sqlite ? new SqliteAdapter() : new PostgresAdapter()),
      createDriver: () => new kysely.DummyDriver(),
      createIntrospector: (db) => (sqlite ? new SqliteIntrospector(db) : new PostgresIntrospector(db)),
      createQueryCompiler: () => (sqlite ? new SqliteQueryCompiler() : new PostgresQueryCompiler()),
    },
  });
}
