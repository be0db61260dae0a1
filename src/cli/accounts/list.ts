import { administer } from '../administer.ts';
import type { Command } from '../command.ts';

interface Account {
  readonly account: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly closedAt?: number;
}

const day = (time: number): string => new Date(time).toISOString().slice(0, 10);

export const listAccounts: Command = {
  name: 'accounts list',
  words: [],
  flags: [{ flag: 'json', switch: true, help: 'print one JSON object' }],
  help: 'list all accounts',
  listens: false,
  async run(invocation) {
    const { accounts } = (await administer(invocation, 'accounts.list', {})) as { accounts: readonly Account[] };
    const { stdout } = invocation.terminal;
    if (invocation.flags.has('json')) {
      const shown = accounts.map(({ account, createdAt, closedAt }) => ({
        account,
        status: closedAt === undefined ? 'open' : 'closed',
        createdAt: new Date(createdAt).toISOString(),
        closedAt: closedAt === undefined ? undefined : new Date(closedAt).toISOString(),
      }));
      stdout.write(`${JSON.stringify({ accounts: shown })}\n`);
      return 0;
    }
    for (const { account, createdAt, closedAt } of accounts) {
      const end = closedAt === undefined ? '' : `, closed ${day(closedAt)}`;
      stdout.write(`${account}  created ${day(createdAt)}${end}\n`);
    }
    return 0;
  },
};
