import { DatabaseSync } from 'node:sqlite';

/** Somebody else, in this process or another one, holds the lock. */
export class LockHeldError extends Error {
  constructor(path: string) {
    super(`the lock ${path} is held`);
    this.name = 'LockHeldError';
  }
}

export interface Lock {
  release(): void;
}

const SQLITE_BUSY = 5;

/**
 * Takes the lock file at `path` at once or throws {@link LockHeldError}. The system frees it when the process ends, kill -9
 * included, so there is nothing to clean up and no process id to be wrong about. Other errors (a folder that cannot be
 * written, a file that is no lock) are SQLite's own.
 *
 * NOTE Nothing else may open this file: POSIX drops a process's locks on a file when it closes any descriptor of it.
 */
export function acquireLock(path: string): Lock {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) throw new LockHeldError(path);
    throw error;
  }
  return { release: () => database.close() };
}
