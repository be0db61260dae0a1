import { administer } from '../administer.ts';
import { type Command, type Invocation, UsageError } from '../command.ts';
import { readDuration } from '../duration.ts';

interface ServiceCredential {
  readonly accessKeyId: string;
  readonly account: string;
  readonly service: string;
  readonly sourceArn: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

const accountFlag = { flag: 'account', switch: false, help: 'the account; the one of the first start else' };
const jsonFlag = { flag: 'json', switch: true, help: 'print one JSON object' };

/** The account that was asked for; undefined for the first. */
const accountOf = ({ flags }: Invocation): string | undefined => flags.get('account')?.at(-1);

export const createServiceCredential: Command = {
  name: 'accounts service-credential',
  words: ['SERVICE'],
  flags: [
    { flag: 'source-arn', switch: false, help: 'what the service acts for: an ARN in the account' },
    accountFlag,
    { flag: 'expires', switch: false, help: 'how long it is good, as in 12h or 30d; 90d else' },
    jsonFlag,
  ],
  help: 'make an access key that acts as a service, as lambda.amazonaws.com',
  listens: false,
  async run(invocation) {
    const { words, flags, terminal } = invocation;
    const sourceArn = flags.get('source-arn')?.at(-1);
    if (sourceArn === undefined)
      throw new UsageError('stowage accounts service-credential needs --source-arn ARN, what the service acts for.');
    const expires = flags.get('expires')?.at(-1);
    const made = (await administer(invocation, 'service-credentials.create', {
      account: accountOf(invocation),
      service: words[0],
      sourceArn,
      life: expires === undefined ? undefined : readDuration(expires),
    })) as ServiceCredential & { readonly secretAccessKey: string };
    const { account, service, accessKeyId, secretAccessKey } = made;
    const expiresAt = new Date(made.expiresAt).toISOString();
    const shown = { account, service, sourceArn, accessKeyId, secretAccessKey, expiresAt };
    const lines = [
      `# ${service} for ${sourceArn}, good until ${expiresAt}; keep this, it is not shown again`,
      `[${service}-${account}]`,
      `aws_access_key_id = ${accessKeyId}`,
      `aws_secret_access_key = ${secretAccessKey}`,
    ];
    terminal.stdout.write(`${flags.has('json') ? JSON.stringify(shown) : lines.join('\n')}\n`);
    return 0;
  },
};

export const listServiceCredentials: Command = {
  name: 'accounts service-credentials',
  words: [],
  flags: [accountFlag, jsonFlag],
  help: 'list the access keys that act as services',
  listens: false,
  async run(invocation) {
    const input = { account: accountOf(invocation) };
    const answer = (await administer(invocation, 'service-credentials.list', input)) as {
      readonly credentials: readonly ServiceCredential[];
    };
    const { stdout } = invocation.terminal;
    const shown = answer.credentials.map(({ accessKeyId, account, service, sourceArn, expiresAt }) => ({
      account,
      service,
      sourceArn,
      accessKeyId,
      expiresAt: new Date(expiresAt).toISOString(),
    }));
    if (invocation.flags.has('json')) stdout.write(`${JSON.stringify({ credentials: shown })}\n`);
    for (const one of invocation.flags.has('json') ? [] : shown)
      stdout.write(`${one.accessKeyId}  ${one.service}  ${one.sourceArn}  until ${one.expiresAt}\n`);
    return 0;
  },
};

export const revokeServiceCredential: Command = {
  name: 'accounts revoke-service-credential',
  words: ['KEY'],
  flags: [accountFlag, jsonFlag],
  help: 'end an access key that acts as a service at once',
  listens: false,
  async run(invocation) {
    const [accessKeyId] = invocation.words;
    const input = { account: accountOf(invocation), accessKeyId };
    const { account } = (await administer(invocation, 'service-credentials.revoke', input)) as { account: string };
    const text = invocation.flags.has('json')
      ? JSON.stringify({ account, accessKeyId })
      : `The key ${accessKeyId} is no longer good.`;
    invocation.terminal.stdout.write(`${text}\n`);
    return 0;
  },
};
