import { join } from 'node:path';
import { blobIdPattern } from './port.ts';

/*
 * The blob folder:
 *
 *   <root>/
 *     installation          whose folder it is (claim.ts)
 *     a/                    the first character of the ids in it: up to 36 folders, made when they are needed
 *       ab3k…9x             one file for each blob, under its id from the first byte on; nothing is ever renamed
 *
 * Ids are random, so the folders fill evenly: a million blobs are 28,000 files in each, and file systems find a name
 * among those as fast as among few. More folders would be slower: uploads at once share the sync of their folder, and
 * a new folder takes a sync of its own. Folders are never removed.
 */

const fanOut = 1;
const folderPattern = /^[a-z0-9]$/;

/** Folder and file of a blob. An id that is not one of ours is thrown out, so a path never leaves the root. */
export function pathsOf(root: string, id: string): { folder: string; file: string } {
  if (!blobIdPattern.test(id)) throw new TypeError('Not the id of a blob');
  const folder = join(root, folderNameOf(id));
  return { folder, file: join(folder, id) };
}

/** Folders sort as the ids in them do. */
export function folderNameOf(id: string): string {
  return id.slice(0, fanOut);
}

export function isFolderName(name: string): boolean {
  return folderPattern.test(name);
}
