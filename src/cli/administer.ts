import { readdir } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { StartError } from '../domain/start-error.ts';
import { LockHeldError } from '../lib/lock.ts';
import { createLog } from '../telemetry/log.ts';
import type { Invocation } from './command.ts';
import { CommandError } from './command.ts';
import { askServer, connectToServer } from './socket.ts';

/** How long a command waits for a server that holds the lock but does not listen yet, or no longer. */
const patience = { tries: 50, pause: 100 };

/**
 * Runs an administration command: by the server of the data folder where one runs, else by opening the store here, under
 * the same lock.
 */
export async function administer({ config, terminal }: Invocation, command: string, input: unknown): Promise<unknown> {
  for (let tries = 1; ; tries++) {
    const socket = await connectToServer(config.dataFolder);
    if (socket !== undefined) return await askServer(socket, command, input);
    try {
      return await administerHere({ config, terminal }, command, input);
    } catch (error) {
      const startingOrEnding = error instanceof StartError && error.cause instanceof LockHeldError;
      if (!startingOrEnding || tries === patience.tries) throw error;
      await wait(patience.pause);
    }
  }
}

async function administerHere(
  { config }: Pick<Invocation, 'config' | 'terminal'>,
  command: string,
  input: unknown,
): Promise<unknown> {
  const files = await readdir(config.dataFolder).catch(() => []);
  if (files.length === 0) {
    throw new CommandError(
      `There is no data in ${config.dataFolder}; start the server first, or say where it is with --data DIR.`,
    );
  }
  const { createStowage } = await import('../wire.ts');
  const stowage = await createStowage({ config, log: createLog({ level: config.logLevel }), listen: false });
  try {
    return await stowage.admin(command, input);
  } finally {
    await stowage.close();
  }
}
