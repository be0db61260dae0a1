import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { randomId } from '../lib/random.ts';

/** Says in a folder whose bytes it holds. No name of a blob's folder looks like it. */
const markerName = 'installation';

/**
 * Marks a folder of blobs as that of an installation, for good. Two installations over one folder would each take the
 * other's blobs for bytes that a crash has left, and remove them.
 *
 * @returns the installation that it belongs to instead; undefined where all is well. The mark is on disk then.
 */
export function claimFolder(root: string, installation: string): string | undefined {
  const owner = readOwner(root) ?? putOwner(root, installation);
  return owner === installation ? undefined : owner;
}

function readOwner(root: string): string | undefined {
  try {
    return readFileSync(join(root, markerName), 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The mark gets its name when it is whole, and only where none is there: of two that come at once one is told. */
function putOwner(root: string, installation: string): string {
  const unfinished = join(root, `${markerName}.${randomId(12)}`);
  const file = openSync(unfinished, 'wx', 0o600);
  try {
    writeSync(file, `${installation}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(unfinished, join(root, markerName));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(unfinished, { force: true });
  }
  const folder = openSync(root, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
  return readOwner(root) ?? installation;
}
