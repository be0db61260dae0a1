import { statement } from '../db.ts';

export interface RoleRow {
  readonly id: string;
  readonly account: string;
  readonly name: string;
  readonly path: string;
  readonly description: string | null;
  readonly trust: string;
  readonly trust_principals: string;
  readonly max_session: number;
  readonly boundary: string | null;
  readonly created_at: number;
  readonly last_used_at: number | null;
  readonly last_used_region: string | null;
}

const columns = [
  'id',
  'account',
  'name',
  'path',
  'description',
  'trust',
  'trust_principals',
  'max_session',
  'boundary',
  'created_at',
  'last_used_at',
  'last_used_region',
] as const;

export const findRole = statement<{ id: string }>()((db, p) =>
  db.selectFrom('iam_role').select(columns).where('id', '=', p.id),
);

/** A page of an account's roles by name; `after` is the last key of the page before. Paths from `fromPath`, before `toPath`. */
export const listRoles = statement<{
  account: string;
  fromPath: string;
  toPath: string;
  after: string;
  limit: number;
}>()((db, p) =>
  db
    .selectFrom('iam_role')
    .select(columns)
    .where('account', '=', p.account)
    .where('path', '>=', p.fromPath)
    .where('path', '<', p.toPath)
    .where('name_key', '>', p.after)
    .orderBy('name_key')
    .limit(p.limit),
);

/** Tells whether an account has more than `offset` roles. */
export const hasRoles = statement<{ account: string; offset: number }>()((db, p) =>
  db.selectFrom('iam_role').select('id').where('account', '=', p.account).limit(1).offset(p.offset),
);

export const insertRole = statement<{
  id: string;
  account: string;
  name: string;
  nameKey: string;
  path: string;
  description: string | null;
  trust: string;
  principals: string;
  maxSession: number;
  boundary: string | null;
  time: number;
}>()((db, p) =>
  db.insertInto('iam_role').values({
    id: p.id,
    account: p.account,
    name: p.name,
    name_key: p.nameKey,
    path: p.path,
    description: p.description,
    trust: p.trust,
    trust_principals: p.principals,
    max_session: p.maxSession,
    boundary: p.boundary,
    created_at: p.time,
  }),
);

export const putRole = statement<{ id: string; description: string | null; maxSession: number }>()((db, p) =>
  db.updateTable('iam_role').set({ description: p.description, max_session: p.maxSession }).where('id', '=', p.id),
);

export const putTrust = statement<{ id: string; trust: string; principals: string }>()((db, p) =>
  db.updateTable('iam_role').set({ trust: p.trust, trust_principals: p.principals }).where('id', '=', p.id),
);

export const deleteRole = statement<{ id: string }>()((db, p) => db.deleteFrom('iam_role').where('id', '=', p.id));
