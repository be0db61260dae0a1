import { newIamId } from '../../domain/iam/ids.ts';
import type { Principal } from '../../domain/iam/principal.ts';
import {
  bumpAccountRevision,
  deleteAccessKeysOfUser,
  findKeyOfUser,
  insertAttachment,
  insertUser,
} from '../../store/accounts.ts';
import type { Store, Writer } from '../../store/db.ts';
import { deleteAccessKey, freeUser } from '../../store/iam/account-states.ts';
import { findUser } from '../../store/iam/entities.ts';
import { findUserHolder } from '../../store/iam/rights.ts';
import type { Uses } from '../app.ts';
import type { Installation } from '../installation/installation.ts';
import { storeAccessKey, type AccessKey } from './access-keys.ts';
import { loadUser } from './principals.ts';

/** Name of the user that every account starts with, and the policy that it holds. */
export const administratorName = 'admin';
export const administratorPolicy = 'arn:aws:iam::aws:policy/AdministratorAccess';

/** Writes the user that may do everything in an account; gives its unique id. */
export async function writeAdministrator(tx: Writer, account: string, time: number): Promise<string> {
  const user = newIamId('AIDA', account);
  const name = administratorName;
  await tx.run(insertUser, { id: user, account, name, nameKey: name, path: '/', time });
  await tx.run(insertAttachment, { entity: user, policy: administratorPolicy, account });
  return user;
}

/**
 * Gives an account an administrator that works, whatever has become of it: its user is made again where it is gone, and
 * has the administrator's policy and nothing that limits it. All its older keys and `former`, whoever's it is by now, are void
 * at once, and the login tokens from them.
 */
export async function resetAdministrator(
  app: { readonly store: Store; readonly installation: Installation; readonly clock: () => number },
  account: string,
  { key, former }: { readonly key: AccessKey; readonly former: string | undefined },
): Promise<void> {
  const time = app.clock();
  await app.store.write(async (tx) => {
    const known = await tx.first(findUser, { account, nameKey: administratorName });
    const user = known?.id ?? (await writeAdministrator(tx, account, time));
    if (known) {
      for (const take of freeUser) await tx.run(take, { user });
      await tx.run(insertAttachment, { entity: user, policy: administratorPolicy, account });
      await tx.run(deleteAccessKeysOfUser, { user });
    }
    if (former !== undefined) await tx.run(deleteAccessKey, { account, key: former });
    await storeAccessKey(tx, app.installation, { account, user }, key, time);
    await tx.run(bumpAccountRevision, { account });
  });
}

/**
 * The administrator of an account, as the operator at the machine acts; undefined where the user is gone or the account
 * is closed.
 */
export async function findAdministrator(
  app: Uses<'store' | 'credentials'>,
  account: string,
): Promise<Principal | undefined> {
  const { read } = app.store;
  const found = await read.first(findUser, { account, nameKey: administratorName });
  const row = found && (await read.first(findUserHolder, { id: found.id, account }));
  if (!row || row.closed_at !== null) return undefined;
  const key = await read.first(findKeyOfUser, { user: row.id });
  return (await loadUser(read, app.credentials.policies, account, row, key?.id ?? '')).principal;
}
