import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder, nodeFolderCalls, type FolderCalls } from './make-folder.ts';

describe('a new folder', () => {
  let base: string;
  let opened: Map<number, string>;
  let synced: string[];
  const calls: FolderCalls = {
    ...nodeFolderCalls,
    openSync(path, flags) {
      const file = nodeFolderCalls.openSync(path, flags);
      opened.set(file, path);
      return file;
    },
    closeSync(file) {
      opened.delete(file);
      nodeFolderCalls.closeSync(file);
    },
    fsyncSync(file) {
      synced.push(opened.get(file) ?? '');
      nodeFolderCalls.fsyncSync(file);
    },
  };
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'stowage-folder-'));
    opened = new Map();
    synced = [];
  });
  afterEach(() => {
    expect([...opened.values()]).toEqual([]);
    rmSync(base, { recursive: true });
  });

  it('is for its owner alone, and so is what was missing above it', () => {
    makeFolder(join(base, 'a', 'b'), calls);
    for (const path of ['a', 'a/b']) expect(statSync(join(base, path)).mode & 0o777).toBe(0o700);
  });

  it('has every name that was made synced in its folder', () => {
    makeFolder(join(base, 'a', 'b', 'c'), calls);
    expect(synced).toEqual([join(base, 'a', 'b'), join(base, 'a'), base]);
  });

  it('costs no sync where there is one already', () => {
    mkdirSync(join(base, 'a'));
    makeFolder(join(base, 'a'), calls);
    expect(synced).toEqual([]);
  });

  it('is refused where a file stands', () => {
    expect(() => makeFolder(join(import.meta.filename, 'a'), calls)).toThrow(/ENOTDIR/);
  });
});
