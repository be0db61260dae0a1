/** Both engines end with the same tables, and take the same statements. */
import { DatabaseSync } from 'node:sqlite';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileAll } from '../../src/store/compiled.ts';
import { migrate } from '../../src/store/migrate.ts';
import { missingPostgres, startCluster, type Cluster } from '../support/postgres.ts';
import { addressOf, openStoreAt } from './store-engines.ts';

interface Shape {
  /** `table.column kind`, with `?` where it may be null. */
  readonly columns: readonly string[];
  /** `index(columns)`, with what it is. */
  readonly indexes: readonly string[];
  readonly references: readonly string[];
}

const kinds: Readonly<Record<string, string>> = { INTEGER: 'number', TEXT: 'text', BLOB: 'bytes' };
const kindsOfPostgres: Readonly<Record<string, string>> = { bigint: 'number', text: 'text', bytea: 'bytes' };

function shapeOfSqlite(): Shape {
  const database = new DatabaseSync(':memory:');
  migrate(database);
  const all = (sql: string): Record<string, unknown>[] => database.prepare(sql).all();
  const tables = all(`select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'`);
  const [columns, indexes, references]: [string[], string[], string[]] = [[], [], []];
  for (const { name: table } of tables as { name: string }[]) {
    const fields = all(`pragma table_info(${table})`) as { name: string; type: string; notnull: number; pk: number }[];
    for (const { name, type, notnull, pk } of fields) {
      columns.push(`${table}.${name} ${kinds[type.toUpperCase()]}${notnull || pk ? '' : '?'}`);
    }
    const key = fields.filter(({ pk }) => pk > 0).toSorted((a, b) => a.pk - b.pk);
    indexes.push(`${table} primary(${key.map(({ name }) => name).join()})`);
    for (const { name, unique, origin, partial } of all(`pragma index_list(${table})`)) {
      if (origin === 'pk') continue;
      const on = all(`pragma index_info("${String(name)}")`).map((column) => column['name']);
      indexes.push(`${table} ${String(name)}(${on.join()})${unique ? ' unique' : ''}${partial ? ' partial' : ''}`);
    }
    for (const one of all(`pragma foreign_key_list(${table})`)) {
      references.push(`${table}.${String(one['from'])} → ${String(one['table'])}.${String(one['to'])}`);
    }
  }
  database.close();
  return { columns: columns.toSorted(), indexes: indexes.toSorted(), references: references.toSorted() };
}

async function shapeOfPostgres(client: pg.Client): Promise<Shape> {
  const texts = async (sql: string): Promise<string[]> =>
    (await client.query<{ text: string }>(sql)).rows.map(({ text }) => text).toSorted();
  const { rows } = await client.query<{ at: string; type: string; nullable: string; collation: string | null }>(
    `select table_name || '.' || column_name as at, data_type as type, is_nullable as nullable,
      collation_name as collation from information_schema.columns where table_schema = 'public'`,
  );
  expect(rows.filter(({ type, collation }) => type === 'text' && collation !== 'C')).toEqual([]);
  return {
    columns: rows
      .map(({ at, type, nullable }) => `${at} ${kindsOfPostgres[type]}${nullable === 'YES' ? '?' : ''}`)
      .toSorted(),
    indexes: await texts(
      `select t.relname || ' ' || case when i.indisprimary then 'primary' else x.relname end || '(' ||
        (select string_agg(a.attname, ',' order by k.place) from unnest(i.indkey) with ordinality as k (number, place)
          join pg_attribute a on a.attrelid = t.oid and a.attnum = k.number) || ')' ||
        case when i.indisunique and not i.indisprimary then ' unique' else '' end ||
        case when i.indpred is not null then ' partial' else '' end as text
      from pg_index i join pg_class t on t.oid = i.indrelid join pg_class x on x.oid = i.indexrelid
      where t.relnamespace = 'public'::regnamespace`,
    ),
    references: await texts(
      `select c.conrelid::regclass || '.' || a.attname || ' → ' || c.confrelid::regclass || '.' || b.attname as text
      from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
        join pg_attribute b on b.attrelid = c.confrelid and b.attnum = c.confkey[1] where c.contype = 'f'`,
    ),
  };
}

describe.skipIf(missingPostgres())('the schema', () => {
  let cluster: Cluster;
  let client: pg.Client;
  beforeAll(async () => {
    cluster = await startCluster();
    const url = await cluster.createDatabase();
    await (await openStoreAt(addressOf(url))).close();
    client = await cluster.connect(new URL(url).pathname.slice(1));
  });
  afterAll(async () => {
    await client?.end();
    await cluster?.close();
  });

  it('has the same tables, keys, indexes and references on both engines', async () => {
    const postgres = await shapeOfPostgres(client);
    expect(postgres.columns.length).toBeGreaterThan(80);
    expect(postgres).toEqual(shapeOfSqlite());
  });

  it('is what every statement of the store fits to on PostgreSQL', async () => {
    const statements = Object.entries(compileAll('postgres'));
    expect(statements.length).toBeGreaterThan(60);
    const refused: string[] = [];
    for (const [name, { sql }] of statements) {
      await client.query(`prepare one as ${sql}`).then(
        () => client.query('deallocate one'),
        (error: unknown) => refused.push(`${name}: ${String(error)}`),
      );
    }
    expect(refused).toEqual([]);
  });
});
