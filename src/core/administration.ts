import { randomUUID } from 'node:crypto';
import { RegistryError } from '../domain/errors.ts';
import { isAccountId, isRegion, isRepositoryName, repositoryNamePattern } from '../domain/names.ts';
import { accountCommands } from './account-commands.ts';
import type { App, Call } from './app.ts';
import { allowName, allowRegistry } from './authorize.ts';
import { newAccessKey } from './iam/access-keys.ts';
import { findAdministrator, resetAdministrator } from './iam/administrator.ts';
import type { PolicyPlace } from './iam/operator-policies.ts';
import { issueLoginToken } from './iam/login-tokens.ts';
import { findKeyInFile, writeCredentialsFile } from './installation/credentials-file.ts';
import { nameRegistry } from './registry-names.ts';
import { createRepository } from './repositories/create-repository.ts';

/** What an operator at the machine may ask of the running registry, by name. */
type Administration = (command: string, input: unknown) => Promise<unknown>;

const refuse = (field: string, constraint: string): never => {
  throw new RegistryError('invalidParameter', { field, constraint });
};

/**
 * Commands of `stowage …` on the command line. They act as the first account's administrator, decided like any
 * request. `host` is what names a bare endpoint in answers.
 */
export function createAdministration(
  app: App,
  { credentialsFile, host }: { credentialsFile: string; host: string },
): Administration {
  const commands: Record<string, (input: Record<string, unknown>) => Promise<unknown>> = {
    'login-password': async (input) => {
      const call = await openCall(app, host, input);
      return issueLoginToken(app, call, await allowRegistry(app, call, 'ecr:GetAuthorizationToken', call.registry));
    },
    'create-repository': async (input) => {
      const call = await openCall(app, host, input);
      const name = String(input['name']);
      if (!isRepositoryName(name))
        refuse('repositoryName', `must satisfy regular expression '${repositoryNamePattern}'`);
      const allowed = await allowName(app, call, 'ecr:CreateRepository', call.registry, name);
      const row = await createRepository(app, call, allowed, { scanOnPush: false });
      return { repositoryUri: `${nameRegistry(app, call, call.registry).uri}/${row.name}` };
    },
    ...accountCommands(app),
    // rarely asked for: a start does not wait for what they need
    'policies.show': async (input) => {
      const { showPolicy } = await import('./iam/operator-policies.ts');
      return { text: await showPolicy(app, placeOf(app, input)) };
    },
    'policies.remove': async (input) => {
      const { removePolicy } = await import('./iam/operator-policies.ts');
      return { text: await removePolicy(app, placeOf(app, input)) };
    },
    'credentials.reset': async () => {
      // File first: should the commit fail, the old keys are written nowhere any more, and a second reset mends that.
      const key = newAccessKey(app.installation.account);
      const former = findKeyInFile(credentialsFile);
      writeCredentialsFile(credentialsFile, key);
      await resetAdministrator(app, app.installation.account, { key, former });
      return { ...key, credentialsFile };
    },
  };
  return async (command, input) => {
    const run = commands[command] ?? refuse('command', 'there is no such command');
    return run((input ?? {}) as Record<string, unknown>);
  };
}

function placeOf(app: App, input: Record<string, unknown>): PolicyPlace {
  const { account = app.installation.account, region, repository } = input;
  if (!isAccountId(String(account))) refuse('account', 'must be 12 digits');
  const registry = { account: String(account), region: regionIn(region) };
  return { registry, repository: typeof repository === 'string' ? repository : undefined };
}

function regionIn(region: unknown = 'us-east-1'): string {
  if (typeof region !== 'string' || !isRegion(region))
    return refuse('region', 'must be the name of a region, such as us-east-1');
  return region;
}

async function openCall(app: App, host: string, input: Record<string, unknown>): Promise<Call> {
  const { account } = app.installation;
  const principal = await findAdministrator(app, account);
  if (!principal)
    return refuse(
      'account',
      `the account ${account} has no administrator, or is closed; see stowage credentials reset`,
    );
  const region = regionIn(input['region']);
  return {
    id: randomUUID(),
    time: app.clock(),
    principal,
    registry: { account, region },
    source: { address: '', userAgent: 'stowage', secure: false, host },
    signal: new AbortController().signal,
    log: app.log,
  };
}
