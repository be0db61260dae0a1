import { lstat, mkdtemp, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Where the socket of administration lies: `socket` in the data folder. The path of a socket may have 107 bytes only, 103
 * on macOS; for a deeper data folder it lies in a short private folder, and `socket` is a file that names it.
 */
const longest = 103;

/** A temporary folder with a longer path than this leaves too little room, and /tmp is taken. */
const longestTemporary = 70;

/** The path to connect to, or undefined where no server has left one. */
export async function findSocket(dataFolder: string): Promise<string | undefined> {
  const place = join(dataFolder, 'socket');
  const found = await lstat(place).catch(() => undefined);
  if (found === undefined || !found.isFile()) return found && place;
  const path = (await readFile(place, 'utf8')).trim();
  // A temporary folder that was swept may since have been made again by somebody else, who must not be talked to.
  const folder = await lstat(dirname(path)).catch(() => undefined);
  return folder?.isDirectory() && folder.uid === found.uid && (folder.mode & 0o077) === 0 ? path : undefined;
}

/** Makes room for a new socket and gives its path. The caller holds the lock, so what is there belongs to a dead server. */
export async function prepareSocket(dataFolder: string, temporaryFolder: string): Promise<string> {
  const place = join(dataFolder, 'socket');
  await removeSocket(dataFolder);
  if (Buffer.byteLength(place) <= longest) return place;
  const base = Buffer.byteLength(temporaryFolder) <= longestTemporary ? temporaryFolder : '/tmp';
  const path = join(await mkdtemp(join(base, 'stowage-')), 'socket');
  await writeFile(place, `${path}\n`, { mode: 0o600 });
  return path;
}

/** Removes the socket of this data folder, with the private folder that was made for it. */
export async function removeSocket(dataFolder: string): Promise<void> {
  const place = join(dataFolder, 'socket');
  const path = await findSocket(dataFolder);
  if (path !== undefined && path !== place) {
    await rm(path, { force: true });
    await rmdir(dirname(path));
  }
  await rm(place, { force: true });
}
