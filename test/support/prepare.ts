/**
 * Runs once before all tests. Real clients are installed only where that was asked for (CI=true, or
 * STOWAGE_TEST_INSTALL=1) and only by root; everywhere else this says what is left out, and why.
 */
import { spawnSync } from 'node:child_process';
import { clients, lookAgain, missing, packagesOf } from './engines.ts';

const asked = process.env['CI'] === 'true' || process.env['STOWAGE_TEST_INSTALL'] === '1';

/** Whether what is missing is installed here. */
export const mayInstall = asked && process.getuid?.() === 0;

function apt(...args: string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, stdout, stderr, error } = spawnSync('apt-get', args, { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`apt-get ${args.join(' ')} failed: ${error?.message ?? `${stdout}${stderr}`}`);
}

function install(packages: readonly string[]): void {
  console.log(`installing for the tests: ${packages.join(' ')}`);
  apt('update', '-qq');
  apt('install', '-y', '-qq', '--no-install-recommends', ...packages);
  lookAgain();
}

let isDone = false;

export default function prepare(): void {
  if (isDone) return;
  isDone = true;
  const absent = clients.filter((client) => missing(client) !== undefined);
  if (absent.length === 0) return;
  if (mayInstall) install(absent.flatMap((client) => packagesOf[client]));
  for (const client of clients) {
    const why = missing(client);
    if (why === undefined) continue;
    if (mayInstall) throw new Error(`the tests with ${client} cannot run: ${why}`);
    console.log(`skipped: the tests with ${client} (${why}; STOWAGE_TEST_INSTALL=1 as root installs it)`);
  }
}
