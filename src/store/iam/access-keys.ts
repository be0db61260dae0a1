import { statement } from '../db.ts';

/** Access keys of users, as IAM lists and changes them; how a request finds its key is elsewhere. */

export interface AccessKeyRow {
  readonly id: string;
  readonly active: number;
  readonly created_at: number;
}

/** A page of the keys of a user by id; `after` is the last id of the page before. */
export const listKeysOfUser = statement<{ user: string; after: string; limit: number }>()((db, p) =>
  db
    .selectFrom('access_key')
    .select(['id', 'active', 'created_at'])
    .where('user_id', '=', p.user)
    .where('id', '>', p.after)
    .orderBy('id')
    .limit(p.limit),
);

export const countKeysOfUser = statement<{ user: string }>()((db, p) =>
  db
    .selectFrom('access_key')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('user_id', '=', p.user),
);

/** Whose key it is, and when and where it was last used. */
export const findKeyUse = statement<{ id: string }>()((db, p) =>
  db
    .selectFrom('access_key')
    .innerJoin('iam_user', 'iam_user.id', 'access_key.user_id')
    .select([
      'access_key.id',
      'access_key.account',
      'access_key.user_id',
      'access_key.last_used_at',
      'access_key.last_used_service',
      'access_key.last_used_region',
      'iam_user.name as user_name',
      'iam_user.path as user_path',
    ])
    .where('access_key.id', '=', p.id),
);

export const putKeyStatus = statement<{ id: string; user: string; active: number }>()((db, p) =>
  db.updateTable('access_key').set({ active: p.active }).where('id', '=', p.id).where('user_id', '=', p.user),
);

export const deleteKey = statement<{ id: string; user: string }>()((db, p) =>
  db.deleteFrom('access_key').where('id', '=', p.id).where('user_id', '=', p.user),
);
