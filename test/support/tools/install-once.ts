/** What is installed into the cache outside the checkout: once, by one installer at a time, and wholly or not at all. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { acquireLock, LockHeldError, type Lock } from '../../../src/lib/lock.ts';
import { toolsFolder } from '../go-tools.ts';
import { cleanEnv, runOk } from '../process.ts';

const installTimeout = 180_000;

/** A package registry may hang once, and answer the next time. */
const attempts = 3;

/** What an installer needs to get out of the machine; everything else that steers Node is left behind. */
function installerEnv(): NodeJS.ProcessEnv {
  const network = Object.entries(process.env).filter(([name]) => /^NODE_EXTRA_CA_CERTS$|_proxy$/i.test(name));
  return cleanEnv(Object.fromEntries(network));
}

export type Command = readonly [program: string, args: readonly string[]];

/** Whether it is there already; then nothing has to be fetched. */
export const isInstalled = (name: string): boolean => existsSync(join(toolsFolder(), name, 'complete'));

/** The folder of `name` in the cache, after `commands` have filled it. They run in it, at its final place. */
export async function installOnce(name: string, commands: (folder: string) => readonly Command[]): Promise<string> {
  const folder = join(toolsFolder(), name);
  if (isInstalled(name)) return folder;
  mkdirSync(toolsFolder(), { recursive: true, mode: 0o700 });
  const lock = await lockOf(`${folder}.lock`);
  try {
    if (isInstalled(name)) return folder;
    for (let left = attempts - 1; ; left -= 1) {
      try {
        await install(folder, commands(folder));
        return folder;
      } catch (error) {
        if (left === 0) throw error;
      }
    }
  } finally {
    lock.release();
  }
}

async function install(folder: string, commands: readonly Command[]): Promise<void> {
  // a killed installer may have left something
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [program, args] of commands) {
    await runOk(program, args, { cwd: folder, env: installerEnv(), timeout: installTimeout });
  }
  writeFileSync(join(folder, 'complete'), '');
}

/** The system frees the lock of an installer that was killed. */
async function lockOf(path: string): Promise<Lock> {
  for (let waited = 0; waited < attempts * installTimeout; waited += 200) {
    try {
      return acquireLock(path);
    } catch (error) {
      if (!(error instanceof LockHeldError)) throw error;
    }
    await sleep(200);
  }
  throw new Error(`waited in vain for another installer: ${path}`);
}
