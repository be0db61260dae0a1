import { administer } from '../administer.ts';
import { type Command, UsageError } from '../command.ts';

interface Limit {
  readonly name: string;
  readonly value: number;
  readonly own: boolean;
}

/** `iam.users=10`; `default` is for the usual value again. */
function readChange(text: string): readonly [name: string, value: number | null] {
  const [name = '', value = '', ...more] = text.split('=');
  if (name === '' || more.length > 0 || !/^(\d{1,9}|default)$/.test(value))
    throw new UsageError(`"${text}" is no limit, as in --set iam.users=10000 or --set iam.users=default.`);
  return [name, value === 'default' ? null : Number(value)];
}

export const limitAccount: Command = {
  name: 'accounts limits',
  words: ['ID'],
  flags: [
    { flag: 'set', switch: false, help: 'NAME=NUMBER for this account, NAME=default to undo it' },
    { flag: 'json', switch: true, help: 'print one JSON object' },
  ],
  help: 'show what an account may have of each thing, or set it',
  listens: false,
  async run(invocation) {
    const { words, flags, terminal } = invocation;
    const [account = ''] = words;
    if (!/^\d{12}$/.test(account)) throw new UsageError(`"${account}" is not an account id of 12 digits.`);
    const set = Object.fromEntries((flags.get('set') ?? []).map(readChange));
    const answer = (await administer(invocation, 'accounts.limits', { account, set })) as { limits: readonly Limit[] };
    const text = flags.has('json')
      ? JSON.stringify(answer)
      : answer.limits.map(({ name, value, own }) => `${name} ${value}${own ? '' : ' (usual)'}`).join('\n');
    terminal.stdout.write(`${text}\n`);
    return 0;
  },
};
