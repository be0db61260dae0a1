import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRootKeyFile, loadRootKeyFile, rootKeyFrom } from './file.ts';
import { SealError } from './port.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stowage-keys-'));
  path = join(folder, 'root.key');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a root key file', () => {
  it('is made with mode 0600 and gives the same key when it is loaded', () => {
    const made = createRootKeyFile(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
    const loaded = loadRootKeyFile(path);
    expect(loaded.checkValue()).toEqual(made.checkValue());
    expect(loaded.unwrap(made.wrap(Buffer.from('secret'), 'row 1'), 'row 1').toString()).toBe('secret');
    expect(readdirSync(folder)).toEqual(['root.key']);
  });

  it('is never replaced', () => {
    createRootKeyFile(path);
    const before = readFileSync(path, 'utf8');
    expect(() => createRootKeyFile(path)).toThrow(expect.objectContaining({ reason: 'exists' }));
    expect(readFileSync(path, 'utf8')).toBe(before);
    expect(readdirSync(folder)).toEqual(['root.key']);
  });

  it('is made where an earlier start was killed while it wrote', () => {
    writeFileSync(`${path}.new`, '0123');
    createRootKeyFile(path);
    expect(readdirSync(folder)).toEqual(['root.key']);
    loadRootKeyFile(path);
  });

  it('may be base64, as other tools write it', () => {
    const bytes = Buffer.alloc(32, 7);
    writeFileSync(path, `  ${bytes.toString('base64')}\n`, { mode: 0o600 });
    expect(loadRootKeyFile(path).checkValue()).toEqual(rootKeyFrom(bytes).checkValue());
  });

  it('that is missing is said to be missing', () => {
    expect(() => loadRootKeyFile(path)).toThrow(expect.objectContaining({ reason: 'missing' }));
    expect(() => loadRootKeyFile(path)).toThrow(path);
  });

  it('that cannot be read or written is said so', () => {
    mkdirSync(path, 0o700);
    expect(() => loadRootKeyFile(path)).toThrow(expect.objectContaining({ reason: 'unreadable' }));
    expect(() => createRootKeyFile(join(folder, 'none', 'root.key'))).toThrow(
      expect.objectContaining({ reason: 'not writable' }),
    );
  });

  it.each([
    '',
    '00',
    'g'.repeat(64),
    '0'.repeat(63),
    '0'.repeat(66),
    'A'.repeat(42),
    `${'0'.repeat(64)}\n${'0'.repeat(64)}`,
  ])('that holds %j is malformed, and the message does not show it', (text) => {
    writeFileSync(path, text, { mode: 0o600 });
    const message = `The root key file ${path} does not hold a root key: expected 32 bytes as 64 hex digits or as base64.`;
    expect(() => loadRootKeyFile(path)).toThrow(expect.objectContaining({ reason: 'malformed', message }));
  });

  it.each([0o604, 0o644, 0o620, 0o602, 0o601])('with mode %o is refused as too open', (mode) => {
    createRootKeyFile(path);
    chmodSync(path, mode);
    expect(() => loadRootKeyFile(path)).toThrow(expect.objectContaining({ reason: 'too open' }));
  });

  it.each([0o600, 0o400, 0o440, 0o640])('with mode %o is accepted', (mode) => {
    createRootKeyFile(path);
    chmodSync(path, mode);
    expect(loadRootKeyFile(path).checkValue().length).toBe(32);
  });
});

describe('a root key', () => {
  const bytes = Buffer.alloc(32, 1);
  const key = rootKeyFrom(bytes);
  const other = rootKeyFrom(Buffer.alloc(32, 2));

  it('has a check value that tells another key', () => {
    expect(key.checkValue()).toEqual(rootKeyFrom(bytes).checkValue());
    expect(key.checkValue()).not.toEqual(other.checkValue());
  });

  it('does not open what another sealed', () => {
    expect(() => other.unwrap(key.wrap(Buffer.from('x'), ''), '')).toThrow(SealError);
  });

  it('makes another MAC for another purpose, message or key', () => {
    const macs = [key.mac('a', 'bc'), key.mac('ab', 'c'), key.mac('a', 'bd'), other.mac('a', 'bc'), key.checkValue()];
    expect(new Set(macs.map((mac) => mac.toString('hex'))).size).toBe(5);
    expect(key.mac('a', 'bc')).toEqual(key.mac('a', Buffer.from('bc')));
  });

  it('never shows its bytes, whoever prints it', () => {
    expect(inspect(key, { depth: 9, showHidden: true })).not.toContain('01 01 01');
    expect(JSON.stringify(key)).toBe('{}');
  });

  it('has 32 bytes', () => {
    expect(() => rootKeyFrom(Buffer.alloc(31))).toThrow(expect.objectContaining({ reason: 'malformed' }));
  });
});
