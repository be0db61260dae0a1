import { constants } from 'node:fs';
import type { Files } from './files.ts';

export interface FolderSync {
  /** Resolves when the names that are in the folder now, and the folder's own name, would survive a loss of power. */
  sync(folder: string): Promise<void>;
}

/**
 * Syncs folders under a root, one sync for all who ask while another one runs. A folder's own name is synced once by
 * every thread: that the folder is there does not say that whoever made it has come to syncing its name.
 */
export function createFolderSync(files: Files, root: string): FolderSync {
  const running = new Map<string, Promise<void>>();
  const waiting = new Map<string, Promise<void>>();
  const named = new Set<string>();

  const start = (folder: string): Promise<void> => {
    const sync = syncOnce(files, folder).finally(() => running.delete(folder));
    running.set(folder, sync);
    return sync;
  };
  // A sync that runs may have begun before the caller's name was there: the caller shares the one after it.
  const join = (folder: string): Promise<void> => {
    const current = running.get(folder);
    if (current === undefined) return start(folder);
    const next = waiting.get(folder) ?? afterwards(current, () => (waiting.delete(folder), start(folder)));
    waiting.set(folder, next);
    return next;
  };

  return {
    async sync(folder) {
      if (named.has(folder)) return join(folder);
      await Promise.all([join(folder), join(root)]);
      named.add(folder);
    },
  };
}

const afterwards = (current: Promise<void>, run: () => Promise<void>): Promise<void> => current.then(run, run);

async function syncOnce(files: Files, folder: string): Promise<void> {
  const descriptor = await files.open(folder, constants.O_RDONLY);
  try {
    await files.fsync(descriptor);
  } finally {
    await files.close(descriptor);
  }
}
