import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sqliteSpelling } from './dialects/sqlite.ts';
import { migrate, schemaVersion, versionOf } from './migrate.ts';
import { migrations } from './migrations/index.ts';

const shapeOf = (database: DatabaseSync): unknown[] =>
  database.prepare('select type, name, sql from sqlite_schema order by type, name').all();

describe('migrate', () => {
  let database: DatabaseSync;
  beforeEach(() => {
    database = new DatabaseSync(':memory:');
  });
  afterEach(() => database.close());

  it('brings an empty database to the newest version', () => {
    expect(versionOf(database)).toBe(0);
    migrate(database);
    expect(versionOf(database)).toBe(schemaVersion);
    expect(shapeOf(database).length).toBeGreaterThan(20);
  });

  it('changes nothing when it is done again', () => {
    migrate(database);
    const before = shapeOf(database);
    database.exec(`insert into meta (name, value) values ('kept', 'yes')`);
    migrate(database);
    migrate(database);
    expect(shapeOf(database)).toEqual(before);
    expect(database.prepare('select value from meta').all()).toEqual([{ value: 'yes' }]);
  });

  it('leaves a database alone that a newer program has written', () => {
    database.exec(`pragma user_version = ${schemaVersion + 1}`);
    migrate(database);
    expect(versionOf(database)).toBe(schemaVersion + 1);
    expect(shapeOf(database)).toEqual([]);
  });

  it('leaves nothing of a migration that fails in its middle', () => {
    database.exec('create table image (id integer)');
    expect(() => migrate(database)).toThrow(/image already exists/);
    expect(versionOf(database)).toBe(0);
    expect(database.isTransaction).toBe(false);
    expect(shapeOf(database)).toHaveLength(1);
    database.exec('drop table image');
    migrate(database);
    expect(versionOf(database)).toBe(schemaVersion);
  });

  it('has its migrations numbered in order, without a gap', () => {
    expect(migrations.map(({ number }) => number)).toEqual(migrations.map((_, index) => index + 1));
  });

  it('makes only tables that check their types', () => {
    const tables = migrations
      .flatMap(({ statements }) => statements(sqliteSpelling))
      .filter((sql) => sql.startsWith('create table'));
    for (const sql of tables) expect(sql).toMatch(/\) strict(, without rowid)?$/);
  });
});
