import { administer } from '../administer.ts';
import { type Command, UsageError } from '../command.ts';

/** Closing and opening again differ in a word. */
function changeAccount(change: 'close' | 'reopen', help: string, done: (account: string) => string): Command {
  return {
    name: `accounts ${change}`,
    words: ['ID'],
    flags: [{ flag: 'json', switch: true, help: 'print one JSON object' }],
    help,
    listens: false,
    async run(invocation) {
      const [account = ''] = invocation.words;
      if (!/^\d{12}$/.test(account)) throw new UsageError(`"${account}" is not an account id of 12 digits.`);
      await administer(invocation, `accounts.${change}`, { account });
      const status = change === 'close' ? 'closed' : 'open';
      const json = invocation.flags.has('json');
      invocation.terminal.stdout.write(json ? `${JSON.stringify({ account, status })}\n` : `${done(account)}\n`);
      return 0;
    },
  };
}

export const closeAccount = changeAccount(
  'close',
  'end all credentials of an account at once; its data stay',
  (account) =>
    `The account ${account} is closed: none of its credentials counts. stowage accounts reopen ${account} undoes it.`,
);

export const reopenAccount = changeAccount(
  'reopen',
  'open a closed account again, as it was',
  (account) => `The account ${account} is open, as it was.`,
);
