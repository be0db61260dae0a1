import { administer } from '../administer.ts';
import { type Command, UsageError } from '../command.ts';

interface CreatedAccount {
  readonly account: string;
  readonly userArn: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export const createAccount: Command = {
  name: 'accounts create',
  words: ['ID'],
  flags: [{ flag: 'json', switch: true, help: 'print one JSON object' }],
  help: 'create an account with an administrator of its own',
  listens: false,
  async run(invocation) {
    const { words, flags, terminal } = invocation;
    const [account = ''] = words;
    if (!/^\d{12}$/.test(account)) throw new UsageError(`"${account}" is not an account id of 12 digits.`);
    const created = (await administer(invocation, 'accounts.create', { account })) as CreatedAccount;
    terminal.stdout.write(flags.has('json') ? json(created) : text(created));
    return 0;
  },
};

function json({ account, userArn, accessKeyId, secretAccessKey }: CreatedAccount): string {
  return `${JSON.stringify({ account, userArn, accessKeyId, secretAccessKey })}\n`;
}

/** The keys as a profile of a credentials file. They are shown this once. */
function text({ account, userArn, accessKeyId, secretAccessKey }: CreatedAccount): string {
  const lines = [
    `# ${userArn}; keep this, it is not shown again`,
    `[stowage-${account}]`,
    `aws_access_key_id = ${accessKeyId}`,
    `aws_secret_access_key = ${secretAccessKey}`,
  ];
  return `${lines.join('\n')}\n`;
}
