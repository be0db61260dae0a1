import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '../../domain/start-error.ts';
import { acquireLock, LockHeldError, type Lock } from '../../lib/lock.ts';
import { makeFolder } from '../../lib/make-folder.ts';

/*
 * The data folder:
 *
 *   stowage.db, -wal, -shm   the metadata database, where it is not PostgreSQL
 *   blobs/                   sealed layers (blobs/paths.ts)
 *   root-key                 the key under which all others lie; it may be kept elsewhere (--root-key)
 *   credentials              keys of the first administrator, as an AWS credentials file; likewise (--credentials)
 *   socket                   administration
 *   lock                     held by whoever has the folder open
 */
const ours = new Set([
  'blobs',
  'root-key',
  'root-key.new',
  'credentials',
  'credentials.new',
  'socket',
  'lock',
  'lock-journal',
]);
const databaseName = 'stowage.db';

export interface DataFolder {
  readonly path: string;
  readonly database: string;
  /** False when nothing has been started here yet. */
  readonly hasDatabase: boolean;
  readonly lock: Lock;
}

/**
 * Opens a data folder for this process alone; makes it where there is none.
 *
 * @throws StartError in one sentence, before anything in the folder is changed.
 */
export function openDataFolder(path: string, { holdsDatabase }: { holdsDatabase: boolean }): DataFolder {
  try {
    makeFolder(path);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOTDIR')
      throw new StartError(`The data folder ${path} is not a folder.`, { cause });
    throw new StartError(`The data folder ${path} cannot be written (${code}).`, { cause });
  }
  const database = join(path, databaseName);
  if (holdsDatabase) refuseForeign(path, database);
  else refuseOtherUse(path, database);
  const lock = takeLock(path);
  // Looked at under the lock: before it, another first start might have been under way.
  return { path, database, hasDatabase: hasContent(database), lock };
}

function takeLock(path: string): Lock {
  try {
    return acquireLock(join(path, 'lock'));
  } catch (cause) {
    if (cause instanceof LockHeldError) {
      throw new StartError(`The data folder ${path} is in use by another Stowage.`, { cause });
    }
    throw new StartError(`The data folder ${path} cannot be written (its lock cannot be taken).`, { cause });
  }
}

/** A folder with things in it that are not ours is somebody else's, or what is left of one of ours. */
function refuseForeign(path: string, database: string): void {
  if (hasContent(database)) return;
  refuseOthersFiles(path);
  const blobs = join(path, 'blobs');
  if (existsSync(blobs) && readdirSync(blobs).length > 0) {
    throw new StartError(`The data folder ${path} is incomplete: there are layers in it but no database.`);
  }
}

/** Of a node whose database is elsewhere. A lock shows that the folder has served one before. */
function refuseOtherUse(path: string, database: string): void {
  if (hasContent(database)) {
    throw new StartError(
      `The data folder ${path} holds a database of its own, but --database names another one; give it another folder.`,
    );
  }
  if (!existsSync(join(path, 'lock'))) refuseOthersFiles(path);
}

function refuseOthersFiles(path: string): void {
  const entries = readdirSync(path).filter((name) => !name.startsWith(databaseName));
  const foreign = entries.filter((name) => !ours.has(name));
  if (foreign.length > 0) {
    throw new StartError(
      `The folder ${path} is not a data folder of Stowage: it has no database, but "${foreign[0]}" is in it.`,
    );
  }
}

const hasContent = (file: string): boolean => existsSync(file) && statSync(file).size > 0;
