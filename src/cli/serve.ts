import { flushCompileCache } from 'node:module';
import { setTimeout as wait } from 'node:timers/promises';
import { createLog, type Log } from '../telemetry/log.ts';
import type { Stowage } from '../wire.ts';
import { openAdministration } from './administration.ts';
import type { Command, Invocation } from './command.ts';
import { firstStartLines, startLines } from './greeting.ts';
import { awaitSignal } from './shutdown.ts';

/** Beyond the time that requests have to end, closing itself may take this long before it counts as stuck. */
const closingMargin = 5000;

export const serve: Command = {
  name: 'serve',
  words: [],
  flags: [],
  help: 'run the registry',
  listens: true,
  async run({ terminal, config }: Invocation): Promise<number> {
    const log = createLog({ level: config.logLevel });
    const signal = awaitSignal(terminal, () => performance.now());
    const { createStowage } = await import('../wire.ts');
    const stowage = await createStowage({ config, log });
    const close = await openDoors(stowage, { terminal, config, log });

    const { origin, tlsOrigin, endpointOrigins, account, dataFolder, credentialsFile } = stowage;
    const facts = {
      origin,
      tlsOrigin,
      endpointOrigins,
      account,
      dataFolder,
      credentialsFile,
      version: terminal.version,
      home: terminal.home,
    };
    const lines = stowage.firstStart ? firstStartLines(facts) : startLines(facts);
    terminal.stdout.write(`${lines.join('\n')}\n`);

    // Node keeps compiled code at its end only, and a kill has none: the start after it would compile all of it again.
    flushCompileCache();
    log.info({ signal: await signal }, 'ending');
    const stuck = Symbol('stuck');
    const end = await Promise.race([close(), wait(config.shutdownTimeout + closingMargin, stuck, { ref: false })]);
    if (end !== stuck) return 0;
    terminal.stderr.write('stowage: not everything came to an end in time; what was answered with success is kept.\n');
    return 1;
  },
};

interface Around extends Pick<Invocation, 'terminal' | 'config'> {
  readonly log: Log;
}

/** Opens the administration of a server that runs already, and gives what closes both. */
async function openDoors(stowage: Stowage, { terminal, config, log }: Around): Promise<() => Promise<void>> {
  try {
    const administration = await openAdministration({
      dataFolder: config.dataFolder,
      temporaryFolder: terminal.temporaryFolder,
      administer: (command, input) => stowage.admin(command, input),
      log,
    });
    return async () => {
      await administration.close();
      await stowage.close();
    };
  } catch (error) {
    await stowage.close();
    throw error;
  }
}
