import { administer } from './administer.ts';
import type { Command } from './command.ts';
import { chooseRegion, regionFlag } from './region.ts';

export const loginPassword: Command = {
  name: 'login-password',
  words: [],
  flags: [regionFlag],
  help: 'print a password for docker login, good for 12 hours',
  listens: false,
  async run(invocation) {
    const result = await administer(invocation, 'login-password', { region: chooseRegion(invocation) });
    const { password } = result as { password: string };
    invocation.terminal.stdout.write(`${password}\n`);
    return 0;
  },
};
