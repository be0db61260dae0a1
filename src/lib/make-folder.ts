import { closeSync, constants, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** The calls of the system that it takes. */
export interface FolderCalls {
  openSync(path: string, flags: number): number;
  closeSync(file: number): void;
  fsyncSync(file: number): void;
  /** Makes what is missing; gives the first folder that was made. */
  mkdirsSync(path: string, mode: number): string | undefined;
}

export const nodeFolderCalls: FolderCalls = {
  openSync: (path, flags) => openSync(path, flags),
  closeSync,
  fsyncSync,
  mkdirsSync: (path, mode) => mkdirSync(path, { recursive: true, mode }),
};

/** Makes a folder for its owner alone, and what is missing above it; their names would survive a loss of power. */
export function makeFolder(path: string, calls: FolderCalls = nodeFolderCalls): void {
  const whole = resolve(path);
  const first = calls.mkdirsSync(whole, 0o700);
  if (first === undefined) return;
  for (let folder = dirname(whole); ; folder = dirname(folder)) {
    const descriptor = calls.openSync(folder, constants.O_RDONLY);
    try {
      calls.fsyncSync(descriptor);
    } finally {
      calls.closeSync(descriptor);
    }
    if (folder === dirname(first)) return;
  }
}
