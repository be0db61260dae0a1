import { statement } from '../db.ts';

/** Users. What policies and tags are tied to is found in entities.ts; here is what IAM tells of users as such. */

export interface UserRow {
  readonly id: string;
  readonly account: string;
  readonly name: string;
  readonly name_key: string;
  readonly path: string;
  readonly boundary: string | null;
  readonly created_at: number;
}

export const userColumns = [
  'iam_user.id',
  'iam_user.account',
  'iam_user.name',
  'iam_user.name_key',
  'iam_user.path',
  'iam_user.boundary',
  'iam_user.created_at',
] as const;

/** `nameKey`: the name in lower case. */
export const createUser = statement<{
  id: string;
  account: string;
  name: string;
  nameKey: string;
  path: string;
  boundary: string | null;
  time: number;
}>()((db, p) =>
  db
    .insertInto('iam_user')
    .values({
      id: p.id,
      account: p.account,
      name: p.name,
      name_key: p.nameKey,
      path: p.path,
      boundary: p.boundary,
      created_at: p.time,
    })
    .returning(userColumns),
);

export const getUser = statement<{ id: string }>()((db, p) =>
  db.selectFrom('iam_user').select(userColumns).where('id', '=', p.id),
);

/** A page by name of the users whose paths lie from `fromPath` on and before `toPath`; `after` is a name in lower case. */
export const listUsers = statement<{
  account: string;
  fromPath: string;
  toPath: string;
  after: string;
  limit: number;
}>()((db, p) =>
  db
    .selectFrom('iam_user')
    .select(userColumns)
    .where('account', '=', p.account)
    .where('path', '>=', p.fromPath)
    .where('path', '<', p.toPath)
    .where('name_key', '>', p.after)
    .orderBy('name_key')
    .limit(p.limit),
);

export const renameUser = statement<{ id: string; name: string; nameKey: string; path: string }>()((db, p) =>
  db.updateTable('iam_user').set({ name: p.name, name_key: p.nameKey, path: p.path }).where('id', '=', p.id),
);

export const deleteUser = statement<{ id: string }>()((db, p) => db.deleteFrom('iam_user').where('id', '=', p.id));

export const countUsers = statement<{ account: string }>()((db, p) =>
  db
    .selectFrom('iam_user')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('account', '=', p.account),
);
