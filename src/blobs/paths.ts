import { join } from 'node:path';
import { blobIdPattern } from './port.ts';

/*
 * The blob folder:
 *
 *   <root>/
 *     installation          whose folder it is (claim.ts)
 *     ab/                   the first two characters of the ids in it: up to 1,296 folders, made when they are needed
 *       ab3k…9x             one file for each blob, under its id from the first byte on; nothing is ever renamed
 *
 * Ids are random, so the folders fill evenly: a million blobs are 770 files in each. Folders are never removed.
 */

const fanOut = 2;
const folderPattern = /^[a-z0-9]{2}$/;

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
