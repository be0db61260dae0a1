import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimFolder } from './claim.ts';
import { createFilesystemBytes } from './filesystem.ts';

describe('a folder of blobs', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'stowage-claim-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('belongs to the installation that claims it first, on every later start too', () => {
    expect(claimFolder(root, 'first')).toBeUndefined();
    expect(claimFolder(root, 'first')).toBeUndefined();
    expect(claimFolder(root, 'second')).toBe('first');
    expect(readFileSync(join(root, 'installation'), 'utf8')).toBe('first\n');
  });

  it('has nothing beside the mark, and lists it not as a blob', async () => {
    claimFolder(root, 'first');
    expect(readdirSync(root)).toEqual(['installation']);
    expect(await createFilesystemBytes({ root }).list(undefined, 10)).toEqual([]);
  });

  it('is claimed over what a killed claim has left', () => {
    writeFileSync(join(root, 'installation.abcdefghijkl'), '');
    expect(claimFolder(root, 'first')).toBeUndefined();
    expect(claimFolder(root, 'second')).toBe('first');
  });
});
