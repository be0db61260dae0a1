import { administer } from './administer.ts';
import { type Command, type Invocation, UsageError } from './command.ts';
import { chooseRegion, regionFlag } from './region.ts';

const flags = [
  { flag: 'registry', switch: true, help: 'the policy of the registry itself' },
  { flag: 'repository', switch: false, help: 'the policy of a repository' },
  { flag: 'account', switch: false, help: 'the account; by default the first one' },
  regionFlag,
];

/** Which policy is meant: exactly one of `--registry` and `--repository`. */
function placeOf(invocation: Invocation): Record<string, string> {
  const { flags: given } = invocation;
  const repository = given.get('repository')?.at(-1);
  if (given.has('registry') === (repository !== undefined))
    throw new UsageError('Say which policy: either --registry, or --repository NAME.');
  const account = given.get('account')?.at(-1);
  return {
    region: chooseRegion(invocation),
    ...(repository === undefined ? {} : { repository }),
    ...(account === undefined ? {} : { account }),
  };
}

export const showPolicy: Command = {
  name: 'policies show',
  words: [],
  flags,
  help: "show a registry's or repository's policy, also to who is locked out by it",
  listens: false,
  async run(invocation) {
    const { text } = (await administer(invocation, 'policies.show', placeOf(invocation))) as { text: string };
    invocation.terminal.stdout.write(`${text}\n`);
    return 0;
  },
};

export const removePolicy: Command = {
  name: 'policies remove',
  words: [],
  flags,
  help: 'remove it, and print what it was: the way back after a lock-out',
  listens: false,
  async run(invocation) {
    const { text } = (await administer(invocation, 'policies.remove', placeOf(invocation))) as { text: string };
    invocation.terminal.stdout.write(`${text}\n`);
    return 0;
  },
};
