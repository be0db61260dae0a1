import { statement } from './db.ts';

/** Limits of accounts, where they are not the usual ones. */

export const listAccountLimits = statement<{ account: string }>()((db, p) =>
  db.selectFrom('account_limit').select(['name', 'value']).where('account', '=', p.account).orderBy('name'),
);

export const putAccountLimit = statement<{ account: string; name: string; value: number }>()((db, p) =>
  db
    .insertInto('account_limit')
    .values({ account: p.account, name: p.name, value: p.value })
    .onConflict((c) => c.columns(['account', 'name']).doUpdateSet((e) => ({ value: e.ref('excluded.value') }))),
);

export const deleteAccountLimit = statement<{ account: string; name: string }>()((db, p) =>
  db.deleteFrom('account_limit').where('account', '=', p.account).where('name', '=', p.name),
);
