import { statement } from '../db.ts';

/** Accounts as an operator sees them, and what makes a user an administrator again. */

export const listAccounts = statement<Record<never, never>>()((db) =>
  db.selectFrom('account').select(['id', 'created_at', 'closed_at']).orderBy('id'),
);

/** `time` is null to open the account again. */
export const setAccountClosed = statement<{ account: string; time: number | null }>()((db, p) =>
  db.updateTable('account').set({ closed_at: p.time }).where('id', '=', p.account),
);

export const deleteAccessKey = statement<{ account: string; key: string }>()((db, p) =>
  db.deleteFrom('access_key').where('account', '=', p.account).where('id', '=', p.key),
);

/** Takes from a user all that could limit it: policies, groups, boundary. */
export const freeUser = [
  statement<{ user: string }>()((db, p) => db.deleteFrom('iam_attachment').where('entity', '=', p.user)),
  statement<{ user: string }>()((db, p) => db.deleteFrom('iam_inline_policy').where('entity', '=', p.user)),
  statement<{ user: string }>()((db, p) => db.deleteFrom('iam_membership').where('user_id', '=', p.user)),
  statement<{ user: string }>()((db, p) => db.updateTable('iam_user').set({ boundary: null }).where('id', '=', p.user)),
];
