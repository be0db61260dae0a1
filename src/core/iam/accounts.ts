import { userArn } from '../../domain/arn.ts';
import { newIamId } from '../../domain/iam/ids.ts';
import { noRights, type Principal } from '../../domain/iam/principal.ts';
import {
  bumpAccountRevision,
  deleteAccessKeysOfUser,
  findAccount,
  findKeyOfUser,
  findUserByName,
  insertAccount,
  insertAttachment,
  insertUser,
} from '../../store/accounts.ts';
import type { Store, Writer } from '../../store/db.ts';
import type { Uses } from '../app.ts';
import type { Installation } from '../installation/installation.ts';
import { newAccessKey, storeAccessKey, type AccessKey } from './access-keys.ts';

/** Name of the user that every account starts with. */
export const administratorName = 'admin';

export interface NewAccount extends AccessKey {
  readonly account: string;
  readonly userArn: string;
}

/** Writes an account with its administrator and one access key, in the caller's transaction. */
export async function writeAccount(
  tx: Writer,
  installation: Installation,
  account: string,
  key: AccessKey,
  time: number,
): Promise<void> {
  const user = newIamId('AIDA', account);
  await tx.run(insertAccount, { account, time });
  await tx.run(insertUser, { id: user, account, name: administratorName, nameKey: administratorName, path: '/', time });
  await tx.run(insertAttachment, { entity: user, policy: 'arn:aws:iam::aws:policy/AdministratorAccess', account });
  await storeAccessKey(tx, installation, { account, user }, key, time);
}

/** Makes another account with an administrator of its own; undefined where there is one with this id. */
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

/** Gives an account's administrator a new access key; all older ones, and the login tokens from them, are void at once. */
export async function resetAdministratorKey(
  app: { readonly store: Store; readonly installation: Installation; readonly clock: () => number },
  account: string,
  key: AccessKey,
): Promise<void> {
  await app.store.write(async (tx) => {
    const user = await tx.first(findUserByName, { account, name: administratorName });
    if (!user) throw new Error(`account ${account} has no user ${administratorName}`);
    await tx.run(deleteAccessKeysOfUser, { user: user.id });
    await storeAccessKey(tx, app.installation, { account, user: user.id }, key, app.clock());
    await tx.run(bumpAccountRevision, { account });
  });
}

/** The administrator of an account, as the operator at the machine acts. */
export async function findAdministrator(app: Uses<'store'>, account: string): Promise<Principal | undefined> {
  const user = await app.store.read.first(findUserByName, { account, name: administratorName });
  if (!user) return undefined;
  const key = await app.store.read.first(findKeyOfUser, { user: user.id });
  return {
    arn: userArn({ account, path: user.path, name: user.name }),
    account,
    id: user.id,
    type: 'User',
    name: user.name,
    rights: noRights,
    administrator: user.administrator !== null,
    accessKeyId: key?.id ?? '',
  };
}
