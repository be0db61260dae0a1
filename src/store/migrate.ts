import type { DatabaseSync } from 'node:sqlite';
import { sqliteSpelling } from './dialects/sqlite.ts';
import { migrations } from './migrations/index.ts';

/** The schema version that this program writes. */
export const schemaVersion = migrations.length;

/** The version that a database has; 0 for an empty one. */
export function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('pragma user_version').get()?.['user_version'] ?? 0);
}

/** Brings a database to {@link schemaVersion}: each migration and its number in one transaction. */
export function migrate(database: DatabaseSync): void {
  for (const migration of migrations) {
    if (migration.number <= versionOf(database)) continue;
    database.exec('begin immediate');
    try {
      for (const sql of migration.statements(sqliteSpelling)) database.exec(sql);
      database.exec(`pragma user_version = ${migration.number}`);
      database.exec('commit');
    } catch (error) {
      if (database.isTransaction) database.exec('rollback');
      throw error;
    }
  }
}
