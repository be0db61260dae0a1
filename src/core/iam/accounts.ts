import { userArn } from '../../domain/arn.ts';
import { bumpAccountRevision, findAccount, insertAccount } from '../../store/accounts.ts';
import type { Writer } from '../../store/db.ts';
import { listAccounts, setAccountClosed } from '../../store/iam/account-states.ts';
import type { Uses } from '../app.ts';
import type { Installation } from '../installation/installation.ts';
import { newAccessKey, storeAccessKey, type AccessKey } from './access-keys.ts';
import { administratorName, writeAdministrator } from './administrator.ts';

export interface NewAccount extends AccessKey {
  readonly account: string;
  readonly userArn: string;
}

export interface Account {
  readonly account: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly closedAt: number | undefined;
}

/** Writes an account with its administrator and one access key, in the caller's transaction. */
export async function writeAccount(
  tx: Writer,
  installation: Installation,
  account: string,
  key: AccessKey,
  time: number,
): Promise<void> {
  await tx.run(insertAccount, { account, time });
  const user = await writeAdministrator(tx, account, time);
  await storeAccessKey(tx, installation, { account, user }, key, time);
}

/**
 * Makes another account with an administrator of its own; undefined where there is one with this id, be it closed: an id
 * is never given anew.
 */
export async function createAccount(
  app: Uses<'store' | 'installation' | 'clock'>,
  account: string,
): Promise<NewAccount | undefined> {
  const key = newAccessKey(account);
  const made = await app.store.write(async (tx) => {
    if (await tx.first(findAccount, { account })) return false;
    await writeAccount(tx, app.installation, account, key, app.clock());
    return true;
  });
  if (!made) return undefined;
  return { account, userArn: userArn({ account, path: '/', name: administratorName }), ...key };
}

/** Every account of the installation, those that are closed too. */
export async function getAccounts(app: Uses<'store'>): Promise<Account[]> {
  const rows = await app.store.read.all(listAccounts, {});
  return rows.map(describe);
}

const describe = (row: { id: string; created_at: number; closed_at: number | null }): Account => ({
  account: row.id,
  createdAt: row.created_at,
  closedAt: row.closed_at ?? undefined,
});

/**
 * Closes an account: from the commit on, none of its keys, sessions, login tokens and service credentials counts, and
 * nobody reaches its registries. All its data stay. Undefined where there is no such account; one that is closed stays
 * as it is.
 */
export function closeAccount(app: Uses<'store' | 'clock'>, account: string): Promise<Account | undefined> {
  return setClosed(app, account, app.clock());
}

/** Opens a closed account again, as it was: what was good when it was closed and has not expired since is good again. */
export function reopenAccount(app: Uses<'store'>, account: string): Promise<Account | undefined> {
  return setClosed(app, account, null);
}

function setClosed(app: Uses<'store'>, account: string, time: number | null): Promise<Account | undefined> {
  return app.store.write(async (tx) => {
    const row = await tx.first(findAccount, { account });
    if (!row) return undefined;
    if ((row.closed_at === null) === (time === null)) return describe(row);
    await tx.run(setAccountClosed, { account, time });
    await tx.run(bumpAccountRevision, { account });
    return describe({ ...row, closed_at: time });
  });
}
