import {
  closeSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { randomId } from '../../lib/random.ts';
import { CertificateRefusal } from './refusal.ts';

export interface NewFile {
  readonly name: string;
  readonly content: string;
  readonly mode: number;
}

/** Names that files have until they are whole: another run at the same time has others. */
const unfinished = /^(.+)\.[a-z2-7]{12}\.new$/;
/** From this age on they are what a killed run left. */
const abandonedAfter = 60_000;

/**
 * Puts files into a folder: all are on disk under other names first and then take their own, in their order and at once, so
 * that whoever reads them meets old or new ones, whole. `replace` says whether ones that are there may be replaced.
 *
 * @throws CertificateRefusal where they cannot be written, or are there and must not be replaced.
 */
export function putFiles(folder: string, files: readonly NewFile[], { replace }: { replace: boolean }): void {
  const run = randomId(12);
  const pathOf = ({ name }: NewFile): string => join(folder, `${name}.${run}.new`);
  let current = '';
  try {
    removeAbandoned(folder);
    for (const file of files) {
      current = file.name;
      writeFile(pathOf(file), file);
    }
    for (const file of files) {
      current = file.name;
      if (replace) renameSync(pathOf(file), join(folder, file.name));
      else linkSync(pathOf(file), join(folder, file.name)); // Fails where it is there, unlike a rename.
    }
    for (const file of files) rmSync(pathOf(file), { force: true });
    syncFolder(folder);
  } catch (cause) {
    removeQuietly(files.map(pathOf));
    const { code } = cause as NodeJS.ErrnoException;
    const path = join(folder, current);
    if (code === 'EEXIST') throw new CertificateRefusal(`${path} is there already; it is not replaced.`, { cause });
    throw new CertificateRefusal(`${path} cannot be written (${code}).`, { cause });
  }
}

function writeFile(path: string, { content, mode }: NewFile): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, content);
    fchmodSync(file, mode); // Whatever the process's umask says.
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Removes a file, and whatever runs that did not end have left of it. The folder is synced. */
export function removeFile(folder: string, name: string): void {
  const found = readdirSync(folder).filter((entry) => entry === name || unfinished.exec(entry)?.[1] === name);
  try {
    for (const entry of found) rmSync(join(folder, entry));
    syncFolder(folder);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new CertificateRefusal(`${join(folder, name)} cannot be removed (${code}).`, { cause });
  }
}

function removeAbandoned(folder: string): void {
  const limit = Date.now() - abandonedAfter;
  const paths = readdirSync(folder)
    .filter((entry) => unfinished.test(entry))
    .map((entry) => join(folder, entry));
  removeQuietly(paths.filter((path) => (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? limit) < limit));
}

/** What stands in the way of removing these is of no interest: they are ours, and in nobody's way. */
function removeQuietly(paths: readonly string[]): void {
  for (const path of paths) {
    try {
      rmSync(path, { force: true });
    } catch {
      // The next run tries again.
    }
  }
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
