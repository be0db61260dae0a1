import { findAccount } from '../../../store/accounts.ts';
import { deleteAccountLimit, listAccountLimits, putAccountLimit } from '../../../store/account-limits.ts';
import type { Reader } from '../../../store/db.ts';
import type { Uses } from '../../app.ts';
import { defaultIamLimits, type IamLimits } from './limits.ts';

/** The limits of an account: the usual ones, but for those that the operator has set for it. */
export async function iamLimitsOf(app: Uses<'limits'>, read: Reader, account: string): Promise<IamLimits> {
  const rows = await read.all(listAccountLimits, { account });
  if (rows.length === 0) return app.limits.iam;
  const set = rows.map(({ name, value }) => [name.slice(prefix.length), value] as const);
  return { ...app.limits.iam, ...(Object.fromEntries(set) as Partial<IamLimits>) };
}

/** Names of limits say whose they are: other services will have some, too. */
const prefix = 'iam.';

/** The largest value: a mistake of some zeros must not let an account fill the memory. */
export const largestLimit = 1_000_000;

export const limitNames: readonly string[] = Object.keys(defaultIamLimits).map((name) => prefix + name);

export interface AccountLimit {
  readonly name: string;
  readonly value: number;
  /** Whether it was set for this account. */
  readonly own: boolean;
}

/** All limits of an account; undefined where there is no such account. */
export async function getAccountLimits(
  app: Uses<'store' | 'limits'>,
  account: string,
): Promise<AccountLimit[] | undefined> {
  const { read } = app.store;
  if (!(await read.first(findAccount, { account }))) return undefined;
  const own = new Map((await read.all(listAccountLimits, { account })).map((row) => [row.name, row.value]));
  return Object.entries(app.limits.iam).map(([key, usual]: [string, number]) => {
    const name = prefix + key;
    return { name, value: own.get(name) ?? usual, own: own.has(name) };
  });
}

/** Sets limits of an account; one without a value becomes the usual one again. They count for what is made from now on. */
export async function setAccountLimits(
  app: Uses<'store' | 'log'>,
  account: string,
  changes: ReadonlyMap<string, number | undefined>,
): Promise<void> {
  await app.store.write(async (tx) => {
    for (const [name, value] of changes) {
      if (value === undefined) await tx.run(deleteAccountLimit, { account, name });
      else await tx.run(putAccountLimit, { account, name, value });
    }
  });
  app.log.warn({ account, limits: Object.fromEntries(changes) }, 'the operator set limits of an account');
}
