import { RegistryError } from '../domain/errors.ts';
import { isAccountId } from '../domain/names.ts';
import type { App } from './app.ts';
import { closeAccount, createAccount, getAccounts, reopenAccount, type Account } from './iam/accounts.ts';
import { getAccountLimits, largestLimit, limitNames, setAccountLimits } from './iam/summary/account-limits.ts';
import {
  createServiceCredential,
  getServiceCredentials,
  isArnIn,
  isServiceName,
  longestServiceCredentialLife,
  revokeServiceCredential,
  serviceCredentialLife,
} from './iam/service-credentials.ts';

type Input = Readonly<Record<string, unknown>>;

const refuse = (field: string, constraint: string): never => {
  throw new RegistryError('invalidParameter', { field, constraint });
};

/** What an operator at the machine may do with accounts and with the keys that act as services, by name of the command. */
export function accountCommands(app: App): Record<string, (input: Input) => Promise<unknown>> {
  return {
    'accounts.create': async (input) => {
      const account = accountIn(input);
      const made = await createAccount(app, account);
      if (made) return made;
      const { closedAt } = (await findAccount(app, account)) ?? {};
      return closedAt === undefined
        ? refuse('account', `the account ${account} exists already`)
        : refuse('account', `the account ${account} exists and is closed; stowage accounts reopen ${account} opens it`);
    },
    'accounts.list': async () => ({ accounts: await getAccounts(app) }),
    'accounts.close': async (input) => {
      const account = accountIn(input);
      return (await closeAccount(app, account)) ?? missing(account);
    },
    'accounts.reopen': async (input) => {
      const account = accountIn(input);
      return (await reopenAccount(app, account)) ?? missing(account);
    },
    'accounts.limits': async (input) => {
      const account = accountIn(input);
      const changes = changesIn(input['set']);
      if (changes.size > 0 && (await findAccount(app, account))) await setAccountLimits(app, account, changes);
      return { account, limits: (await getAccountLimits(app, account)) ?? missing(account) };
    },
    'service-credentials.create': async (input) => {
      const account = accountIn(input, app.installation.account);
      const wanted = { account, ...serviceIn(input, account), life: lifeIn(input) };
      return (await createServiceCredential(app, wanted)) ?? missing(account, ', or it is closed');
    },
    'service-credentials.list': async (input) => {
      const account = accountIn(input, app.installation.account);
      if (!(await findAccount(app, account))) missing(account);
      return { credentials: await getServiceCredentials(app, account) };
    },
    'service-credentials.revoke': async (input) => {
      const account = accountIn(input, app.installation.account);
      const accessKeyId = String(input['accessKeyId']);
      if (await revokeServiceCredential(app, account, accessKeyId)) return { account, accessKeyId };
      return refuse('accessKeyId', `the account ${account} has no service credential ${accessKeyId}`);
    },
  };
}

function accountIn(input: Input, usual?: string): string {
  const { account = usual } = input;
  return typeof account === 'string' && isAccountId(account) ? account : refuse('account', 'must be 12 digits');
}

/** `{ 'iam.users': 10 }`; null is for the usual value again. */
function changesIn(set: unknown): Map<string, number | undefined> {
  const changes = Object.entries((set ?? {}) as Record<string, unknown>);
  for (const [name, value] of changes) {
    if (!limitNames.includes(name)) refuse('set', `there is no limit ${name}`);
    const fits =
      value === null ||
      (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= largestLimit);
    if (!fits) refuse('set', `${name} must be a whole number from 0 to ${largestLimit}, or default`);
  }
  return new Map(changes.map(([name, value]) => [name, value === null ? undefined : Number(value)]));
}

const findAccount = async (app: App, account: string): Promise<Account | undefined> =>
  (await getAccounts(app)).find((each) => each.account === account);

const missing = (account: string, or = ''): never => refuse('account', `there is no account ${account}${or}`);

function serviceIn(input: Input, account: string): { service: string; sourceArn: string } {
  const service = String(input['service']);
  const sourceArn = String(input['sourceArn']);
  if (!isServiceName(service)) refuse('service', 'must be the name of a service, such as lambda.amazonaws.com');
  if (!isArnIn(account, sourceArn))
    refuse('sourceArn', `must be the ARN of something in the account ${account}, without wildcards`);
  return { service, sourceArn };
}

/** Milliseconds. */
function lifeIn(input: Input): number {
  const life = Number(input['life'] ?? serviceCredentialLife);
  const within = Number.isSafeInteger(life) && life >= 60_000 && life <= longestServiceCredentialLife;
  return within ? life : refuse('expires', 'must be between a minute and 366 days');
}
