import { statement } from '../db.ts';

/** Which user, group or role holds which managed policy, and which policies are boundaries. */

/** Does nothing where the entity holds the policy already. */
export const putAttachment = statement<{ entity: string; policy: string; account: string }>()((db, p) =>
  db
    .insertInto('iam_attachment')
    .values({ entity: p.entity, policy: p.policy, account: p.account })
    .onConflict((c) => c.columns(['entity', 'policy']).doNothing()),
);

export const deleteAttachment = statement<{ entity: string; policy: string }>()((db, p) =>
  db.deleteFrom('iam_attachment').where('entity', '=', p.entity).where('policy', '=', p.policy),
);

/** ARNs of the policies that an entity holds: at most a few tens. */
export const listAttachments = statement<{ entity: string }>()((db, p) =>
  db.selectFrom('iam_attachment').select('policy').where('entity', '=', p.entity).orderBy('policy'),
);

/** How many users, groups and roles of an account hold a policy. */
export const countAttachments = statement<{ account: string; policy: string }>()((db, p) =>
  db
    .selectFrom('iam_attachment')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('account', '=', p.account)
    .where('policy', '=', p.policy),
);

/** As {@link countAttachments}, for every policy that somebody holds. */
export const countAllAttachments = statement<{ account: string }>()((db, p) =>
  db
    .selectFrom('iam_attachment')
    .select((e) => ['policy', e.fn.countAll<number>().as('count')])
    .where('account', '=', p.account)
    .groupBy('policy'),
);

export const countUserBoundaries = statement<{ account: string; policy: string }>()((db, p) =>
  db
    .selectFrom('iam_user')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('account', '=', p.account)
    .where('boundary', '=', p.policy),
);

export const countRoleBoundaries = statement<{ account: string; policy: string }>()((db, p) =>
  db
    .selectFrom('iam_role')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('account', '=', p.account)
    .where('boundary', '=', p.policy),
);

export const countAllUserBoundaries = statement<{ account: string }>()((db, p) =>
  db
    .selectFrom('iam_user')
    .select((e) => ['boundary', e.fn.countAll<number>().as('count')])
    .where('account', '=', p.account)
    .where('boundary', 'is not', null)
    .groupBy('boundary'),
);

export const countAllRoleBoundaries = statement<{ account: string }>()((db, p) =>
  db
    .selectFrom('iam_role')
    .select((e) => ['boundary', e.fn.countAll<number>().as('count')])
    .where('account', '=', p.account)
    .where('boundary', 'is not', null)
    .groupBy('boundary'),
);
