import { statement } from '../db.ts';

/**
 * What is read to know who a credential stands for and what they may do: the holder with the revision of its account, then
 * all that hangs from it in one read, then the documents of the account's own policies one by one.
 */

/** The user of an access key. */
export const findKeyHolder = statement<{ id: string }>()((db, p) =>
  db
    .selectFrom('access_key')
    .innerJoin('iam_user', 'iam_user.id', 'access_key.user_id')
    .innerJoin('account', 'account.id', 'access_key.account')
    .select([
      'access_key.account',
      'access_key.sealed_secret',
      'access_key.active',
      'iam_user.id',
      'iam_user.name',
      'iam_user.path',
      'iam_user.boundary',
      'account.revision',
      'account.closed_at',
    ])
    .where('access_key.id', '=', p.id),
);

/** The user behind a session of GetSessionToken or GetFederationToken. */
export const findUserHolder = statement<{ id: string; account: string }>()((db, p) =>
  db
    .selectFrom('iam_user')
    .innerJoin('account', 'account.id', 'iam_user.account')
    .select([
      'iam_user.id',
      'iam_user.name',
      'iam_user.path',
      'iam_user.boundary',
      'account.revision',
      'account.closed_at',
    ])
    .where('iam_user.id', '=', p.id)
    .where('iam_user.account', '=', p.account),
);

/** The role of a session. */
export const findRoleHolder = statement<{ id: string; account: string }>()((db, p) =>
  db
    .selectFrom('iam_role')
    .innerJoin('account', 'account.id', 'iam_role.account')
    .select([
      'iam_role.id',
      'iam_role.name',
      'iam_role.path',
      'iam_role.boundary',
      'account.revision',
      'account.closed_at',
    ])
    .where('iam_role.id', '=', p.id)
    .where('iam_role.account', '=', p.account),
);

/** What a row of {@link listHoldings} is. */
export const holdings: Readonly<Record<'attachment' | 'inline' | 'tag', number>> = { attachment: 1, inline: 2, tag: 3 };

/**
 * All that hangs from a user or role: policies attached to it or to one of its groups (`text` is the ARN as well), inline
 * policies of it and of its groups, its tags.
 */
export const listHoldings = statement<{ entity: string }>()((db, p) =>
  db
    .selectFrom('iam_attachment')
    .select((e) => [e.lit(holdings.attachment).as('kind'), 'policy as name', 'policy as text'])
    .where('entity', '=', p.entity)
    .unionAll((each) =>
      each
        .selectFrom('iam_membership')
        .innerJoin('iam_attachment', 'iam_attachment.entity', 'iam_membership.group_id')
        .select((e) => [e.lit(holdings.attachment).as('kind'), 'policy as name', 'policy as text'])
        .where('iam_membership.user_id', '=', p.entity),
    )
    .unionAll((each) =>
      each
        .selectFrom('iam_inline_policy')
        .select((e) => [e.lit(holdings.inline).as('kind'), 'name', 'document as text'])
        .where('entity', '=', p.entity),
    )
    .unionAll((each) =>
      each
        .selectFrom('iam_membership')
        .innerJoin('iam_inline_policy', 'iam_inline_policy.entity', 'iam_membership.group_id')
        .select((e) => [e.lit(holdings.inline).as('kind'), 'name', 'document as text'])
        .where('iam_membership.user_id', '=', p.entity),
    )
    .unionAll((each) =>
      each
        .selectFrom('iam_tag')
        .select((e) => [e.lit(holdings.tag).as('kind'), 'name', 'value as text'])
        .where('entity', '=', p.entity),
    ),
);

/** The default version of one of an account's own policies. */
export const findPolicyDocument = statement<{ account: string; nameKey: string }>()((db, p) =>
  db
    .selectFrom('iam_policy')
    .innerJoin('iam_policy_version', (join) =>
      join
        .onRef('iam_policy_version.policy', '=', 'iam_policy.id')
        .onRef('iam_policy_version.version', '=', 'iam_policy.default_version'),
    )
    .select([
      'iam_policy.id',
      'iam_policy.name',
      'iam_policy.path',
      'iam_policy_version.version',
      'iam_policy_version.document',
    ])
    .where('iam_policy.account', '=', p.account)
    .where('iam_policy.name_key', '=', p.nameKey),
);

/** A role as AssumeRole needs it. */
export const findTrustedRole = statement<{ account: string; nameKey: string }>()((db, p) =>
  db
    .selectFrom('iam_role')
    .innerJoin('account', 'account.id', 'iam_role.account')
    .select([
      'iam_role.id',
      'iam_role.account',
      'iam_role.name',
      'iam_role.path',
      'iam_role.trust',
      'iam_role.trust_principals',
      'iam_role.max_session',
      'account.closed_at',
    ])
    .where('iam_role.account', '=', p.account)
    .where('iam_role.name_key', '=', p.nameKey),
);

/** The latest uses, each written only where it is newer than what is known. */
export const putRoleUse = statement<{ role: string; time: number; region: string }>()((db, p) =>
  db
    .updateTable('iam_role')
    .set({ last_used_at: p.time, last_used_region: p.region })
    .where('id', '=', p.role)
    .where((e) => e.or([e('last_used_at', 'is', null), e('last_used_at', '<', p.time)])),
);

export const putKeyUse = statement<{ key: string; time: number; service: string; region: string }>()((db, p) =>
  db
    .updateTable('access_key')
    .set({ last_used_at: p.time, last_used_service: p.service, last_used_region: p.region })
    .where('id', '=', p.key)
    .where((e) => e.or([e('last_used_at', 'is', null), e('last_used_at', '<', p.time)])),
);
