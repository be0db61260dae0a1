import { statement } from '../db.ts';

/** Managed policies of customers, and their versions. Those of AWS are facts, not rows. */

export interface PolicyRow {
  readonly id: string;
  readonly account: string;
  readonly name: string;
  readonly path: string;
  readonly description: string | null;
  readonly default_version: number;
  readonly latest_version: number;
  readonly created_at: number;
  readonly updated_at: number;
}

export interface PolicyVersionRow {
  readonly version: number;
  readonly document: string;
  readonly created_at: number;
}

const columns = [
  'id',
  'account',
  'name',
  'path',
  'description',
  'default_version',
  'latest_version',
  'created_at',
  'updated_at',
] as const;

/** `nameKey`: the name in lower case. */
export const findPolicy = statement<{ account: string; nameKey: string }>()((db, p) =>
  db.selectFrom('iam_policy').select(columns).where('account', '=', p.account).where('name_key', '=', p.nameKey),
);

/** A page of an account's policies by name; `after` is the last key of the page before. Paths from `fromPath`, before `toPath`. */
export const listPolicies = statement<{
  account: string;
  fromPath: string;
  toPath: string;
  after: string;
  limit: number;
}>()((db, p) =>
  db
    .selectFrom('iam_policy')
    .select(columns)
    .where('account', '=', p.account)
    .where('path', '>=', p.fromPath)
    .where('path', '<', p.toPath)
    .where('name_key', '>', p.after)
    .orderBy('name_key')
    .limit(p.limit),
);

/** Tells whether an account has more than `offset` policies. */
export const hasPolicies = statement<{ account: string; offset: number }>()((db, p) =>
  db.selectFrom('iam_policy').select('id').where('account', '=', p.account).limit(1).offset(p.offset),
);

export const insertPolicy = statement<{
  id: string;
  account: string;
  name: string;
  nameKey: string;
  path: string;
  description: string | null;
  time: number;
}>()((db, p) =>
  db.insertInto('iam_policy').values({
    id: p.id,
    account: p.account,
    name: p.name,
    name_key: p.nameKey,
    path: p.path,
    description: p.description,
    default_version: 1,
    latest_version: 1,
    created_at: p.time,
    updated_at: p.time,
  }),
);

export const putPolicyVersions = statement<{ id: string; standard: number; latest: number; time: number }>()((db, p) =>
  db
    .updateTable('iam_policy')
    .set({ default_version: p.standard, latest_version: p.latest, updated_at: p.time })
    .where('id', '=', p.id),
);

export const deletePolicy = statement<{ id: string }>()((db, p) => db.deleteFrom('iam_policy').where('id', '=', p.id));

export const insertVersion = statement<{ policy: string; version: number; document: string; time: number }>()((db, p) =>
  db
    .insertInto('iam_policy_version')
    .values({ policy: p.policy, version: p.version, document: p.document, created_at: p.time }),
);

export const findVersion = statement<{ policy: string; version: number }>()((db, p) =>
  db
    .selectFrom('iam_policy_version')
    .select(['version', 'document', 'created_at'])
    .where('policy', '=', p.policy)
    .where('version', '=', p.version),
);

/** A policy's versions, the newest first, without their documents. */
export const listVersions = statement<{ policy: string }>()((db, p) =>
  db
    .selectFrom('iam_policy_version')
    .select(['version', 'created_at'])
    .where('policy', '=', p.policy)
    .orderBy('version', 'desc'),
);

export const deleteVersion = statement<{ policy: string; version: number }>()((db, p) =>
  db.deleteFrom('iam_policy_version').where('policy', '=', p.policy).where('version', '=', p.version),
);
