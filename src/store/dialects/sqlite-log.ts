import * as fs from 'node:fs';
import { promisify } from 'node:util';

const fdatasync = promisify(fs.fdatasync);

/** The write-ahead log of a database, synced by us and not by SQLite: SQLite would hold up the thread for it. */
export interface WriteAheadLog {
  /** Resolves when all that was written by now is on disk. */
  sync(): Promise<void>;
  /** As `sync`, in this turn: a thread that sleeps takes as long to wake as the disk to answer. */
  syncNow(): void;
  close(): void;
}

/** `database` is open already; as long as a connection is, its log stays the same file. */
export function openLog(database: string): WriteAheadLog {
  const file = fs.openSync(`${database}-wal`, 'r+');
  return {
    sync: () => fdatasync(file),
    syncNow: () => fs.fdatasyncSync(file),
    close: () => fs.closeSync(file),
  };
}
