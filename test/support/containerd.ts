/** A containerd of a test's own, and ctr, its client: folders and sockets are the test's, nothing runs under systemd. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Commands } from './commands.ts';
import { until, type Outcome } from './process.ts';

export interface Containerd {
  readonly socket: string;
  /** Runs ctr against it; the outcome is the caller's to judge. */
  run(...args: string[]): Promise<Outcome>;
  /** The same, where success is expected: gives stdout. */
  ok(...args: string[]): Promise<string>;
  stop(): Promise<void>;
}

export interface ContainerdPlace {
  readonly folder: string;
  readonly commands: Commands;
  readonly env: NodeJS.ProcessEnv;
}

function configuration(folder: string): string {
  return [
    'version = 2',
    'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
    `root = "${folder}/containerd"`,
    `state = "${folder}/containerd-state"`,
    '[grpc]',
    `  address = "${folder}/c.sock"`,
    '[ttrpc]',
    `  address = "${folder}/c.ttrpc"`,
    '',
  ].join('\n');
}

export async function startContainerd({ folder, commands, env }: ContainerdPlace): Promise<Containerd> {
  const file = join(folder, 'containerd.toml');
  const socket = join(folder, 'c.sock');
  writeFileSync(file, configuration(folder));
  const daemon = commands.start('containerd', ['-c', file], { env });
  await until('containerd makes its socket', () => existsSync(socket) || undefined, { child: daemon });
  const complete = (args: readonly string[]): string[] => ['--address', socket, ...args];
  return {
    socket,
    run: async (...args) => await commands.run('ctr', complete(args), { env }),
    ok: async (...args) => await commands.ok('ctr', complete(args), { env }),
    async stop() {
      await daemon.stop();
    },
  };
}
