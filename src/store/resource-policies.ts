import { statement } from './db.ts';
import { repositoryColumns, type RepositoryRow } from './repositories.ts';

/** A repository with what deciding on it needs: the revisions of its policy and of its account. */
export interface GuardedRepositoryRow extends RepositoryRow {
  /** 0 where it has no policy. */
  readonly policy_revision: number;
  readonly account_revision: number;
}

/** A repository by its name with what deciding on it needs, in one read. */
export const findGuardedRepository = statement<{ account: string; region: string; name: string }>()((db, p) =>
  db
    .selectFrom('repository')
    .innerJoin('account', 'account.id', 'repository.account')
    .select([...repositoryColumns, 'repository.policy_revision', 'account.revision as account_revision'])
    .where('repository.account', '=', p.account)
    .where('repository.region', '=', p.region)
    .where('repository.name', '=', p.name),
);

export const findRepositoryPolicy = statement<{ repository: number }>()((db, p) =>
  db
    .selectFrom('repository_policy')
    .innerJoin('repository', 'repository.id', 'repository_policy.repository')
    .select(['document', 'principals', 'policy_revision'])
    .where('repository_policy.repository', '=', p.repository),
);

export const putRepositoryPolicy = statement<{ repository: number; document: string; principals: string }>()((db, p) =>
  db
    .insertInto('repository_policy')
    .values({ repository: p.repository, document: p.document, principals: p.principals })
    .onConflict((c) =>
      c
        .column('repository')
        .doUpdateSet((e) => ({ document: e.ref('excluded.document'), principals: e.ref('excluded.principals') })),
    ),
);

export const deleteRepositoryPolicy = statement<{ repository: number }>()((db, p) =>
  db.deleteFrom('repository_policy').where('repository', '=', p.repository),
);

export const setPolicyRevision = statement<{ repository: number; revision: number }>()((db, p) =>
  db.updateTable('repository').set({ policy_revision: p.revision }).where('id', '=', p.repository),
);

/** What stands over every request on a registry: whether its account is open, and its policy. */
export const findRegistryGuard = statement<{ account: string; region: string }>()((db, p) =>
  db
    .selectFrom('account')
    .leftJoin('registry_policy', (join) =>
      join.onRef('registry_policy.account', '=', 'account.id').on('registry_policy.region', '=', p.region),
    )
    .leftJoin('account_setting', (join) =>
      join
        .onRef('account_setting.account', '=', 'account.id')
        .on('account_setting.region', '=', p.region)
        .on('account_setting.name', '=', 'REGISTRY_POLICY_SCOPE'),
    )
    .select([
      'account.revision',
      'account.closed_at',
      'registry_policy.document',
      'registry_policy.principals',
      'account_setting.value as scope',
    ])
    .where('account.id', '=', p.account),
);

export const findRegistryPolicy = statement<{ account: string; region: string }>()((db, p) =>
  db
    .selectFrom('registry_policy')
    .select(['document', 'principals'])
    .where('account', '=', p.account)
    .where('region', '=', p.region),
);

export const putRegistryPolicy = statement<{
  account: string;
  region: string;
  document: string;
  principals: string;
  revision: number;
}>()((db, p) =>
  db
    .insertInto('registry_policy')
    .values({
      account: p.account,
      region: p.region,
      document: p.document,
      principals: p.principals,
      revision: p.revision,
    })
    .onConflict((c) =>
      c.columns(['account', 'region']).doUpdateSet((e) => ({
        document: e.ref('excluded.document'),
        principals: e.ref('excluded.principals'),
        revision: e.ref('excluded.revision'),
      })),
    ),
);

export const deleteRegistryPolicy = statement<{ account: string; region: string }>()((db, p) =>
  db.deleteFrom('registry_policy').where('account', '=', p.account).where('region', '=', p.region),
);
