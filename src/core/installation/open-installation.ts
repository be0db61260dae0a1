import { DatabaseSync } from 'node:sqlite';
import { StartError } from '../../domain/start-error.ts';
import { createRootKeyFile, loadRootKeyFile } from '../../keys/file.ts';
import { RootKeyError, type RootKey } from '../../keys/port.ts';
import { randomId } from '../../lib/random.ts';
import { findMeta, insertMeta } from '../../store/accounts.ts';
import { openSqlite } from '../../store/dialects/sqlite.ts';
import type { Store } from '../../store/db.ts';
import { migrate, schemaVersion, versionOf } from '../../store/migrate.ts';
import { newAccessKey } from '../iam/access-keys.ts';
import { writeAccount } from '../iam/accounts.ts';
import { readUnfinishedCredentials, writeCredentialsFile } from './credentials-file.ts';
import { openDataFolder, type DataFolder } from './data-folder.ts';
import type { Installation } from './installation.ts';

export interface InstallationPlaces {
  readonly dataFolder: string;
  readonly rootKeyFile: string;
  readonly credentialsFile: string;
  /** Account that a first start makes. */
  readonly account: string;
  /** Bounds the database; tests fill a disk with it. */
  readonly maxPages?: number | undefined;
}

export interface OpenInstallation {
  readonly installation: Installation;
  readonly store: Store;
  readonly firstStart: boolean;
  close(): Promise<void>;
}

/**
 * Opens what a data folder holds, or makes it: root key, then credentials file, then the account in one commit. A first
 * start that was killed anywhere between is completed by the next one; any other half-written folder is refused.
 *
 * @throws StartError in one sentence; nothing is damaged.
 */
export async function openInstallation(places: InstallationPlaces, clock: () => number): Promise<OpenInstallation> {
  const folder = openDataFolder(places.dataFolder);
  try {
    const version = folder.hasDatabase ? readVersion(folder) : 0;
    const root = openRootKey(places, version > 0);
    if (version > 0) compareRootKey(folder, root);
    return await openStore(places, folder, root, clock);
  } catch (error) {
    folder.lock.release();
    throw error;
  }
}

function readVersion({ database, path }: DataFolder): number {
  const version = readOnly(database, path, versionOf);
  if (version > schemaVersion) {
    throw new StartError(
      `The data folder ${path} was written by a newer Stowage (format ${version}, this one knows ${schemaVersion}); start that one.`,
    );
  }
  return version;
}

function readOnly<T>(database: string, path: string, read: (database: DatabaseSync) => T): T {
  let connection: DatabaseSync | undefined;
  try {
    connection = new DatabaseSync(database, { readOnly: true });
    return read(connection);
  } catch (cause) {
    throw new StartError(`The database in the data folder ${path} cannot be read; it is damaged or not ours.`, {
      cause,
    });
  } finally {
    connection?.close();
  }
}

/** A key is made only where there is no database yet: with one, a new key would make everything unreadable. */
function openRootKey({ rootKeyFile, dataFolder }: InstallationPlaces, needed: boolean): RootKey {
  try {
    return loadRootKeyFile(rootKeyFile);
  } catch (error) {
    if (!(error instanceof RootKeyError)) throw error;
    if (error.reason !== 'missing') throw new StartError(error.message, { cause: error });
    if (needed) {
      const sentence = `The root key ${rootKeyFile} is missing; without it nothing in ${dataFolder} can be read.`;
      throw new StartError(sentence, { cause: error });
    }
  }
  try {
    return createRootKeyFile(rootKeyFile);
  } catch (error) {
    if (error instanceof RootKeyError) throw new StartError(error.message, { cause: error });
    throw error;
  }
}

function compareRootKey({ database, path }: DataFolder, root: RootKey): void {
  const select = "select value from meta where name = 'root-key-check'";
  const row = readOnly(database, path, (connection) => connection.prepare(select).get());
  if (row && row['value'] !== root.checkValue().toString('hex')) {
    throw new StartError(`The root key is not the one that the data folder ${path} was written with.`);
  }
}

async function openStore(
  places: InstallationPlaces,
  folder: DataFolder,
  root: RootKey,
  clock: () => number,
): Promise<OpenInstallation> {
  const store = openDatabase(folder, places.maxPages);
  try {
    const known = await readInstallation(store, root);
    const installation = known ?? (await firstStart(places, store, root, clock()));
    const close = async (): Promise<void> => {
      await store.close();
      folder.lock.release();
    };
    return { installation, store, firstStart: known === undefined, close };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function openDatabase({ database, path }: DataFolder, maxPages: number | undefined): Store {
  try {
    const store = openSqlite(database, { maxPages, prepare: migrate });
    return store;
  } catch (cause) {
    throw new StartError(`The database in the data folder ${path} cannot be opened.`, { cause });
  }
}

async function readInstallation(store: Store, root: RootKey): Promise<Installation | undefined> {
  const id = await store.read.first(findMeta, { name: 'installation' });
  const account = await store.read.first(findMeta, { name: 'account' });
  return id && account ? { id: id.value, account: account.value, root } : undefined;
}

async function firstStart(
  { account, credentialsFile }: InstallationPlaces,
  store: Store,
  root: RootKey,
  time: number,
): Promise<Installation> {
  const installation: Installation = { id: randomId(8), account, root };
  let key = readUnfinishedCredentials(credentialsFile, account);
  if (!key) {
    key = newAccessKey(account);
    writeCredentialsFile(credentialsFile, key);
  }
  const written = key;
  await store.write(async (tx) => {
    await tx.run(insertMeta, { name: 'installation', value: installation.id });
    await tx.run(insertMeta, { name: 'account', value: account });
    await tx.run(insertMeta, { name: 'root-key-check', value: root.checkValue().toString('hex') });
    await writeAccount(tx, installation, account, written, time);
  });
  return installation;
}
