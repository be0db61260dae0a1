import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from './cli/index.ts';
import type { Terminal } from './cli/terminal.ts';

/** The only file that touches `process`: it hands the parts of it that commands need to cli/index.ts. */
const home = dirname(import.meta.dirname);
const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string };
const { STOWAGE_LAUNCHER: launcher, ...env } = process.env;

// Everything that Stowage makes is for its owner only, without a moment in which it is not.
process.umask(0o077);

// A launcher on an older Node is our parent, and its end, kill -9 included, is ours: to us it is a SIGTERM.
if (launcher === String(process.ppid) && process.channel) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error; // Nobody reads any more, as in `stowage help | head -1`.
  });
}

const terminal: Terminal = {
  args: process.argv.slice(2),
  env,
  cwd: process.cwd(),
  home,
  version,
  temporaryFolder: tmpdir(),
  stdout: process.stdout,
  stderr: process.stderr,
  onSignal(listener) {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, listener);
  },
  exit: (code) => process.exit(code),
};

process.exit(await run(terminal));
