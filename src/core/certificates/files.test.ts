import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { putFiles, removeFile } from './files.ts';
import { CertificateRefusal } from './refusal.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stowage-files-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
const pair = [
  { name: 'a.key', content: 'new key', mode: 0o600 },
  { name: 'a.crt', content: 'new certificate', mode: 0o644 },
];
const leftover = (name: string): string => `${name}.abcdefghijkl.new`;

/** What a run that was killed has left of a file, minutes ago. */
function leave(name: string, minutes: number): void {
  const path = join(folder, leftover(name));
  writeFileSync(path, 'half');
  const time = Date.now() / 1000 - minutes * 60;
  utimesSync(path, time, time);
}

describe('files', () => {
  it('replace others, with their modes, and leave nothing beside them', () => {
    writeFileSync(join(folder, 'a.key'), 'old key', { mode: 0o644 });
    putFiles(folder, pair, { replace: true });
    expect(readdirSync(folder)).toEqual(['a.crt', 'a.key']);
    expect([read('a.key'), read('a.crt')]).toEqual(['new key', 'new certificate']);
    expect([statSync(join(folder, 'a.key')).mode & 0o777, statSync(join(folder, 'a.crt')).mode & 0o777]).toEqual([
      0o600, 0o644,
    ]);
  });

  it('that must not be replaced stay as they are', () => {
    writeFileSync(join(folder, 'a.key'), 'old key');
    expect(() => putFiles(folder, pair, { replace: false })).toThrow(
      new CertificateRefusal(`${folder}/a.key is there already; it is not replaced.`),
    );
    expect(readdirSync(folder)).toEqual(['a.key']);
    expect(read('a.key')).toBe('old key');
  });

  it('that cannot be written are told in one sentence', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(() => putFiles(file, pair, { replace: true })).toThrow(CertificateRefusal);
    expect(() => putFiles(join(folder, 'missing'), pair, { replace: true })).toThrow(/cannot be written \(ENOENT\)\.$/);
  });

  it('that a killed run left half written go when they are old, those of a run under way stay', () => {
    leave('b.key', 5);
    leave('c.key', 0);
    putFiles(folder, pair, { replace: true });
    expect(readdirSync(folder)).toEqual(['a.crt', 'a.key', leftover('c.key')]);
  });

  it('are removed with everything that is left of them', () => {
    putFiles(folder, pair, { replace: true });
    leave('a.key', 0);
    leave('a.crt', 0);
    removeFile(folder, 'a.key');
    expect(readdirSync(folder)).toEqual(['a.crt', leftover('a.crt')]);
  });
});
