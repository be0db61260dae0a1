import { statement } from '../db.ts';

/** Users, groups and roles as what policies are tied to: found by name or by unique id. */

export interface EntityRow {
  /** Unique id: its prefix tells the kind. */
  readonly id: string;
  readonly account: string;
  readonly name: string;
  readonly path: string;
  /** ARN of the permissions boundary; groups have none. */
  readonly boundary: string | null;
}

const columns = ['id', 'account', 'name', 'path', 'boundary'] as const;
const groupColumns = ['id', 'account', 'name', 'path'] as const;

/** `nameKey` here and below: the name in lower case. */
export const findUser = statement<{ account: string; nameKey: string }>()((db, p) =>
  db.selectFrom('iam_user').select(columns).where('account', '=', p.account).where('name_key', '=', p.nameKey),
);

export const findGroup = statement<{ account: string; nameKey: string }>()((db, p) =>
  db.selectFrom('iam_group').select(groupColumns).where('account', '=', p.account).where('name_key', '=', p.nameKey),
);

export const findRole = statement<{ account: string; nameKey: string }>()((db, p) =>
  db.selectFrom('iam_role').select(columns).where('account', '=', p.account).where('name_key', '=', p.nameKey),
);

export const findUserById = statement<{ id: string }>()((db, p) =>
  db.selectFrom('iam_user').select(columns).where('id', '=', p.id),
);

export const findGroupById = statement<{ id: string }>()((db, p) =>
  db.selectFrom('iam_group').select(groupColumns).where('id', '=', p.id),
);

export const findRoleById = statement<{ id: string }>()((db, p) =>
  db.selectFrom('iam_role').select(columns).where('id', '=', p.id),
);

export const putUserBoundary = statement<{ id: string; boundary: string | null }>()((db, p) =>
  db.updateTable('iam_user').set({ boundary: p.boundary }).where('id', '=', p.id),
);

export const putRoleBoundary = statement<{ id: string; boundary: string | null }>()((db, p) =>
  db.updateTable('iam_role').set({ boundary: p.boundary }).where('id', '=', p.id),
);

interface ListHolders {
  account: string;
  /** ARN of the policy that they hold; '' to ask for none of them. */
  attached: string;
  /** ARN of the policy that is their boundary; '' to ask for none of them. */
  boundary: string;
  /** Paths from `fromPath` on and before `toPath`. */
  fromPath: string;
  toPath: string;
  after: string;
  limit: number;
}

/** A page of the users that hold a policy or are bounded by it, by unique id. */
export const listUsersWithPolicy = statement<ListHolders>()((db, p) =>
  db
    .selectFrom('iam_user')
    .select(['id', 'name'])
    .where('account', '=', p.account)
    .where('path', '>=', p.fromPath)
    .where('path', '<', p.toPath)
    .where('id', '>', p.after)
    .where((e) =>
      e.or([
        e('boundary', '=', p.boundary),
        e.exists(
          e
            .selectFrom('iam_attachment')
            .select('entity')
            .whereRef('entity', '=', 'iam_user.id')
            .where('policy', '=', p.attached),
        ),
      ]),
    )
    .orderBy('id')
    .limit(p.limit),
);

export const listRolesWithPolicy = statement<ListHolders>()((db, p) =>
  db
    .selectFrom('iam_role')
    .select(['id', 'name'])
    .where('account', '=', p.account)
    .where('path', '>=', p.fromPath)
    .where('path', '<', p.toPath)
    .where('id', '>', p.after)
    .where((e) =>
      e.or([
        e('boundary', '=', p.boundary),
        e.exists(
          e
            .selectFrom('iam_attachment')
            .select('entity')
            .whereRef('entity', '=', 'iam_role.id')
            .where('policy', '=', p.attached),
        ),
      ]),
    )
    .orderBy('id')
    .limit(p.limit),
);

export const listGroupsWithPolicy = statement<Omit<ListHolders, 'boundary'>>()((db, p) =>
  db
    .selectFrom('iam_group')
    .select(['id', 'name'])
    .where('account', '=', p.account)
    .where('path', '>=', p.fromPath)
    .where('path', '<', p.toPath)
    .where('id', '>', p.after)
    .where((e) =>
      e.exists(
        e
          .selectFrom('iam_attachment')
          .select('entity')
          .whereRef('entity', '=', 'iam_group.id')
          .where('policy', '=', p.attached),
      ),
    )
    .orderBy('id')
    .limit(p.limit),
);
