/** The two engines of the metadata store, each on an empty database, for the suites that both must pass. */
import { join } from 'node:path';
import { databaseUrl } from '../../src/config/database-url.ts';
import type { PostgresAddress } from '../../src/domain/postgres-address.ts';
import type { Store } from '../../src/store/db.ts';
import { openingPostgres } from '../../src/store/dialects/postgres-opening.ts';
import { openSqlite } from '../../src/store/dialects/sqlite.ts';
import { migrate } from '../../src/store/migrate.ts';
import { temporaryFolder } from '../support/folders.ts';
import { missingPostgres, startCluster, type Cluster } from '../support/postgres.ts';

/** An empty database that can be opened again and again. */
export interface Place {
  open(): Promise<Store>;
  remove(): Promise<void>;
}

export interface Engine {
  readonly name: string;
  /** Why it cannot be tested here. */
  readonly missing: string | undefined;
  makePlace(): Promise<Place>;
  close(): Promise<void>;
}

const sqlite: Engine = {
  name: 'SQLite',
  missing: undefined,
  async makePlace() {
    const folder = temporaryFolder('store');
    return {
      open: async () => openSqlite(join(folder.path, 'stowage.db'), { prepare: migrate }),
      remove: async () => folder.remove(),
    };
  },
  close: async () => {},
};

export function addressOf(url: string): PostgresAddress {
  const place = databaseUrl.parse(url, '/');
  if (place.engine !== 'postgres') throw new TypeError(`${url} is no address of PostgreSQL`);
  return place.address;
}

/** Opens a store as a starting node does. */
export async function openStoreAt(address: PostgresAddress): Promise<Store> {
  const opening = await openingPostgres(address);
  try {
    return await opening.open();
  } finally {
    await opening.release();
  }
}

function postgres(): Engine {
  let cluster: Promise<Cluster> | undefined;
  return {
    name: 'PostgreSQL',
    missing: missingPostgres(),
    async makePlace() {
      const server = await (cluster ??= startCluster());
      const url = await server.createDatabase();
      return { open: async () => await openStoreAt(addressOf(url)), remove: () => server.dropDatabase(url) };
    },
    close: async () => await (await cluster)?.close(),
  };
}

export const engines = (): readonly Engine[] => [sqlite, postgres()];
