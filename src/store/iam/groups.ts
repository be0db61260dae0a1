import { statement } from '../db.ts';
import { userColumns } from './users.ts';

/** Groups and who is in them. `nameKey` and `after`: a name in lower case. */

export interface GroupRow {
  readonly id: string;
  readonly account: string;
  readonly name: string;
  readonly name_key: string;
  readonly path: string;
  readonly created_at: number;
}

const groupColumns = [
  'iam_group.id',
  'iam_group.account',
  'iam_group.name',
  'iam_group.name_key',
  'iam_group.path',
  'iam_group.created_at',
] as const;

export const createGroup = statement<{
  id: string;
  account: string;
  name: string;
  nameKey: string;
  path: string;
  time: number;
}>()((db, p) =>
  db
    .insertInto('iam_group')
    .values({
      id: p.id,
      account: p.account,
      name: p.name,
      name_key: p.nameKey,
      path: p.path,
      created_at: p.time,
    })
    .returning(groupColumns),
);

export const getGroup = statement<{ id: string }>()((db, p) =>
  db.selectFrom('iam_group').select(groupColumns).where('id', '=', p.id),
);

/** A page by name of the groups whose paths lie from `fromPath` on and before `toPath`. */
export const listGroups = statement<{
  account: string;
  fromPath: string;
  toPath: string;
  after: string;
  limit: number;
}>()((db, p) =>
  db
    .selectFrom('iam_group')
    .select(groupColumns)
    .where('account', '=', p.account)
    .where('path', '>=', p.fromPath)
    .where('path', '<', p.toPath)
    .where('name_key', '>', p.after)
    .orderBy('name_key')
    .limit(p.limit),
);

export const renameGroup = statement<{ id: string; name: string; nameKey: string; path: string }>()((db, p) =>
  db.updateTable('iam_group').set({ name: p.name, name_key: p.nameKey, path: p.path }).where('id', '=', p.id),
);

export const deleteGroup = statement<{ id: string }>()((db, p) => db.deleteFrom('iam_group').where('id', '=', p.id));

export const countGroups = statement<{ account: string }>()((db, p) =>
  db
    .selectFrom('iam_group')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('account', '=', p.account),
);

export const findMembership = statement<{ group: string; user: string }>()((db, p) =>
  db.selectFrom('iam_membership').select('user_id').where('group_id', '=', p.group).where('user_id', '=', p.user),
);

export const insertMembership = statement<{ group: string; user: string }>()((db, p) =>
  db.insertInto('iam_membership').values({ group_id: p.group, user_id: p.user }),
);

export const deleteMembership = statement<{ group: string; user: string }>()((db, p) =>
  db.deleteFrom('iam_membership').where('group_id', '=', p.group).where('user_id', '=', p.user),
);

export const countGroupsOfUser = statement<{ user: string }>()((db, p) =>
  db
    .selectFrom('iam_membership')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('user_id', '=', p.user),
);

/** A page by name of the groups that a user is in. */
export const listGroupsOfUser = statement<{ user: string; after: string; limit: number }>()((db, p) =>
  db
    .selectFrom('iam_membership')
    .innerJoin('iam_group', 'iam_group.id', 'iam_membership.group_id')
    .select(groupColumns)
    .where('iam_membership.user_id', '=', p.user)
    .where('iam_group.name_key', '>', p.after)
    .orderBy('iam_group.name_key')
    .limit(p.limit),
);

/** A page by name of the users in a group. */
export const listUsersOfGroup = statement<{ group: string; after: string; limit: number }>()((db, p) =>
  db
    .selectFrom('iam_membership')
    .innerJoin('iam_user', 'iam_user.id', 'iam_membership.user_id')
    .select(userColumns)
    .where('iam_membership.group_id', '=', p.group)
    .where('iam_user.name_key', '>', p.after)
    .orderBy('iam_user.name_key')
    .limit(p.limit),
);
