import { administer } from './administer.ts';
import type { Command } from './command.ts';
import { chooseRegion, regionFlag } from './region.ts';

export const createRepository: Command = {
  name: 'create-repository',
  words: ['NAME'],
  flags: [regionFlag],
  help: 'create a repository and print its address',
  listens: false,
  async run(invocation) {
    const input = { name: invocation.words[0], region: chooseRegion(invocation) };
    const { repositoryUri } = (await administer(invocation, 'create-repository', input)) as { repositoryUri: string };
    invocation.terminal.stdout.write(`${repositoryUri}\n`);
    return 0;
  },
};
