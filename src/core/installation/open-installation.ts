import type { DatabasePlace } from '../../domain/postgres-address.ts';
import { StartError } from '../../domain/start-error.ts';
import { createRootKeyFile, loadRootKeyFile } from '../../keys/file.ts';
import { RootKeyError, type RootKey } from '../../keys/port.ts';
import { randomId } from '../../lib/random.ts';
import { findMeta, insertMeta } from '../../store/accounts.ts';
import { openingSqlite } from '../../store/dialects/sqlite-opening.ts';
import type { Store } from '../../store/db.ts';
import { schemaVersion } from '../../store/migrate.ts';
import type { Opening } from '../../store/opening.ts';
import { newAccessKey } from '../iam/access-keys.ts';
import { writeAccount } from '../iam/accounts.ts';
import { readUnfinishedCredentials, writeCredentialsFile } from './credentials-file.ts';
import { openDataFolder, type DataFolder } from './data-folder.ts';
import type { Installation } from './installation.ts';

export interface InstallationPlaces {
  readonly dataFolder: string;
  readonly database: DatabasePlace;
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
 * Opens what a data folder and its database hold, or makes it: root key, then credentials file, then the account in one
 * commit. A first start that was killed anywhere between is completed by the next one; any other half-written folder is
 * refused.
 *
 * @throws StartError in one sentence; nothing is damaged.
 */
export async function openInstallation(places: InstallationPlaces, clock: () => number): Promise<OpenInstallation> {
  const { engine } = places.database;
  const folder = openDataFolder(places.dataFolder, { holdsDatabase: engine === 'sqlite' });
  try {
    const opening = await lookAtDatabase(places, folder);
    try {
      return await openStore(places, folder, opening, clock);
    } finally {
      await opening.release();
    }
  } catch (error) {
    folder.lock.release();
    throw error;
  }
}

async function lookAtDatabase({ database, maxPages }: InstallationPlaces, folder: DataFolder): Promise<Opening> {
  if (database.engine === 'sqlite') return openingSqlite(folder, { maxPages });
  // Loaded only where it is used: the driver would make every other start slower.
  const { openingPostgres } = await import('../../store/dialects/postgres-opening.ts');
  return await openingPostgres(database.address);
}

const atBeginning = (name: string): string => name.replace(/^t/, 'T');

function refuseNewer({ name, version }: Opening): void {
  if (version <= schemaVersion) return;
  throw new StartError(
    `${atBeginning(name)} was written by a newer Stowage (format ${version}, this one knows ${schemaVersion}); start that one.`,
  );
}

/** A key is made only where there is no database yet: with one, a new key would make everything unreadable. */
function openRootKey({ rootKeyFile, dataFolder, database }: InstallationPlaces, opening: Opening): RootKey {
  try {
    return loadRootKeyFile(rootKeyFile);
  } catch (error) {
    if (!(error instanceof RootKeyError)) throw error;
    if (error.reason !== 'missing') throw new StartError(error.message, { cause: error });
    if (opening.version > 0) {
      const unreadable = database.engine === 'sqlite' ? dataFolder : opening.name;
      const sentence = `The root key ${rootKeyFile} is missing; without it nothing in ${unreadable} can be read.`;
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

async function compareRootKey(opening: Opening, root: RootKey): Promise<void> {
  const check = await opening.readMeta('root-key-check');
  if (check !== undefined && check !== root.checkValue().toString('hex')) {
    throw new StartError(`The root key is not the one that ${opening.name} was written with.`);
  }
}

async function openStore(
  places: InstallationPlaces,
  folder: DataFolder,
  opening: Opening,
  clock: () => number,
): Promise<OpenInstallation> {
  refuseNewer(opening);
  const root = openRootKey(places, opening);
  if (opening.version > 0) await compareRootKey(opening, root);
  const store = await opening.open();
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
