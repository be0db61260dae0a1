/** Folders of a test's own, and what is in them: made under the system's temporary folder, removed at the end. */
import { createHash } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { watch } from './process.ts';
import { removeFolder } from './reaper.ts';

export interface Folder {
  readonly path: string;
  remove(): void;
}

/** A new empty folder; it goes at `remove()` or with the test process. Names are short: socket paths have a limit. */
export function temporaryFolder(purpose = 'test'): Folder {
  const path = mkdtempSync(join(tmpdir(), `stow-${purpose}-`));
  const forget = watch('folder', path);
  return {
    path,
    remove() {
      removeFolder(path);
      forget();
    },
  };
}

/** Every regular file under `root`, relative to it, sorted. */
export async function filesIn(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => relative(root, join(entry.parentPath, entry.name))).sort();
}

/** The sealed files in a folder of layers, without the mark that says whose it is. */
export async function layerFilesIn(root: string): Promise<string[]> {
  return (await filesIn(root)).filter((file) => file !== 'installation');
}

/** Path → sha256 of every regular file under `root`: two equal snapshots mean that nothing was changed. */
export async function snapshot(root: string): Promise<Record<string, string>> {
  const sums: Record<string, string> = {};
  for (const file of await filesIn(root)) {
    sums[file] = createHash('sha256')
      .update(await readFile(join(root, file)))
      .digest('hex');
  }
  return sums;
}
