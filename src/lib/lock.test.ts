import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireLock, LockHeldError } from './lock.ts';

describe('acquireLock', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stowage-lock-'));
    path = join(folder, 'lock');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('refuses a second holder in the same process, until it is released', () => {
    const lock = acquireLock(path);
    expect(() => acquireLock(path)).toThrow(LockHeldError);
    lock.release();
    acquireLock(path).release();
  });

  it('refuses while another process holds it, and is free once that was killed', async () => {
    const code = `import { acquireLock } from ${JSON.stringify(new URL('lock.ts', import.meta.url).href)};
      acquireLock(${JSON.stringify(path)});
      console.log('held');
      setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await once(holder.stdout, 'data');
      expect(() => acquireLock(path)).toThrow(LockHeldError);
    } finally {
      holder.kill('SIGKILL');
      await once(holder, 'exit');
    }
    acquireLock(path).release();
  });

  it('tells a file that is no lock, and a folder that is not there, from one that is held', () => {
    writeFileSync(path, 'something else entirely. '.repeat(100));
    expect(() => acquireLock(path)).toThrow(/not a database/);
    expect(() => acquireLock(join(folder, 'missing', 'lock'))).toThrow(/unable to open/);
  });
});
