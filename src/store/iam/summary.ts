import { statement } from '../db.ts';

/** Counts of what an account has; those of users and groups stand with them. */

export const countRoles = statement<{ account: string }>()((db, p) =>
  db
    .selectFrom('iam_role')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('account', '=', p.account),
);

export const countPolicies = statement<{ account: string }>()((db, p) =>
  db
    .selectFrom('iam_policy')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('account', '=', p.account),
);

export const countPolicyVersions = statement<{ account: string }>()((db, p) =>
  db
    .selectFrom('iam_policy_version')
    .innerJoin('iam_policy', 'iam_policy.id', 'iam_policy_version.policy')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('iam_policy.account', '=', p.account),
);
