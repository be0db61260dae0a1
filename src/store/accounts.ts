import { statement } from './db.ts';

/** Accounts, their users and keys, login tokens, account settings, and what the installation knows of itself. */

export const findMeta = statement<{ name: string }>()((db, p) =>
  db.selectFrom('meta').select('value').where('name', '=', p.name),
);

export const insertMeta = statement<{ name: string; value: string }>()((db, p) =>
  db.insertInto('meta').values({ name: p.name, value: p.value }),
);

export const findAccount = statement<{ account: string }>()((db, p) =>
  db.selectFrom('account').select(['id', 'created_at', 'revision', 'closed_at']).where('id', '=', p.account),
);

export const insertAccount = statement<{ account: string; time: number }>()((db, p) =>
  db.insertInto('account').values({ id: p.account, created_at: p.time, revision: 1 }),
);

/** Every change of what an account's principals may do or of their credentials bumps its revision (design: caches compare it). */
export const bumpAccountRevision = statement<{ account: string }>()((db, p) =>
  db
    .updateTable('account')
    .set((e) => ({ revision: e('revision', '+', 1) }))
    .where('id', '=', p.account),
);

export const insertUser = statement<{
  id: string;
  account: string;
  name: string;
  nameKey: string;
  path: string;
  time: number;
}>()((db, p) =>
  db.insertInto('iam_user').values({
    id: p.id,
    account: p.account,
    name: p.name,
    name_key: p.nameKey,
    path: p.path,
    created_at: p.time,
  }),
);

export const insertAttachment = statement<{ entity: string; policy: string; account: string }>()((db, p) =>
  db.insertInto('iam_attachment').values({ entity: p.entity, policy: p.policy, account: p.account }),
);

export const insertAccessKey = statement<{
  id: string;
  account: string;
  user: string;
  secret: Uint8Array;
  time: number;
}>()((db, p) =>
  db.insertInto('access_key').values({
    id: p.id,
    account: p.account,
    user_id: p.user,
    sealed_secret: p.secret,
    active: 1,
    created_at: p.time,
  }),
);

export const findKeyOfUser = statement<{ user: string }>()((db, p) =>
  db.selectFrom('access_key').select('id').where('user_id', '=', p.user).where('active', '=', 1).limit(1),
);

export const deleteAccessKeysOfUser = statement<{ user: string }>()((db, p) =>
  db.deleteFrom('access_key').where('user_id', '=', p.user),
);

export const findAccountRevision = statement<{ account: string }>()((db, p) =>
  db.selectFrom('account').select('revision').where('id', '=', p.account),
);

export const insertLoginToken = statement<{
  id: string;
  account: string;
  region: string;
  accessKey: string;
  user: string;
  context: string;
  issued: number;
  expires: number;
}>()((db, p) =>
  db.insertInto('login_token').values({
    id: p.id,
    account: p.account,
    region: p.region,
    access_key: p.accessKey,
    user_id: p.user,
    context: p.context,
    issued_at: p.issued,
    expires_at: p.expires,
  }),
);

export const findLoginToken = statement<{ id: string }>()((db, p) =>
  db
    .selectFrom('login_token')
    .select(['account', 'region', 'access_key', 'user_id', 'context', 'expires_at'])
    .where('id', '=', p.id),
);

/** Rows of tokens are kept for a while after they expire, so that "expired" and "unknown" can be told apart. */
export const deleteLoginTokens = statement<{ expiredBefore: number }>()((db, p) =>
  db.deleteFrom('login_token').where('expires_at', '<', p.expiredBefore),
);

export const findAccountSetting = statement<{ account: string; region: string; name: string }>()((db, p) =>
  db
    .selectFrom('account_setting')
    .select('value')
    .where('account', '=', p.account)
    .where('region', '=', p.region)
    .where('name', '=', p.name),
);

export const putAccountSetting = statement<{ account: string; region: string; name: string; value: string }>()(
  (db, p) =>
    db
      .insertInto('account_setting')
      .values({ account: p.account, region: p.region, name: p.name, value: p.value })
      .onConflict((c) =>
        c.columns(['account', 'region', 'name']).doUpdateSet((e) => ({ value: e.ref('excluded.value') })),
      ),
);

export const findRegistryKey = statement<{ account: string; region: string }>()((db, p) =>
  db
    .selectFrom('registry_key')
    .select(['id', 'sealed'])
    .where('account', '=', p.account)
    .where('region', '=', p.region),
);

export const insertRegistryKey = statement<{
  account: string;
  region: string;
  id: string;
  sealed: Uint8Array;
  time: number;
}>()((db, p) =>
  db
    .insertInto('registry_key')
    .values({ account: p.account, region: p.region, id: p.id, sealed: p.sealed, created_at: p.time })
    .onConflict((c) => c.columns(['account', 'region']).doNothing()),
);
