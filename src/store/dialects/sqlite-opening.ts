import { DatabaseSync } from 'node:sqlite';
import { StartError } from '../../domain/start-error.ts';
import { migrate, versionOf } from '../migrate.ts';
import type { Opening } from '../opening.ts';
import { openSqlite } from './sqlite.ts';

/** The embedded database of a data folder, whose lock the caller holds. @throws StartError. */
export function openingSqlite(
  folder: { readonly path: string; readonly database: string; readonly hasDatabase: boolean },
  options: { readonly maxPages?: number | undefined },
): Opening {
  const { path, database, hasDatabase } = folder;
  const read = <T>(look: (connection: DatabaseSync) => T): T => {
    let connection: DatabaseSync | undefined;
    try {
      connection = new DatabaseSync(database, { readOnly: true });
      return look(connection);
    } catch (cause) {
      throw new StartError(`The database in the data folder ${path} cannot be read; it is damaged or not ours.`, {
        cause,
      });
    } finally {
      connection?.close();
    }
  };
  return {
    name: `the data folder ${path}`,
    version: hasDatabase ? read(versionOf) : 0,
    async readMeta(name) {
      const row = read((connection) => connection.prepare('select value from meta where name = ?').get(name));
      return row?.['value'] as string | undefined;
    },
    async open() {
      try {
        return openSqlite(database, { maxPages: options.maxPages, prepare: migrate });
      } catch (cause) {
        throw new StartError(`The database in the data folder ${path} cannot be opened.`, { cause });
      }
    },
    release: async () => {},
  };
}
