import { statement } from './db.ts';

export interface RepositoryRow {
  readonly id: number;
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly tag_mutability: string;
  readonly mutability_filters: string;
  readonly encryption_type: string;
  readonly scan_on_push: number;
  readonly created_at: number;
}

export const repositoryColumns = [
  'repository.id',
  'repository.account',
  'repository.region',
  'repository.name',
  'repository.tag_mutability',
  'repository.mutability_filters',
  'repository.encryption_type',
  'repository.scan_on_push',
  'repository.created_at',
] as const;

export const findRepository = statement<{ account: string; region: string; name: string }>()((db, p) =>
  db
    .selectFrom('repository')
    .select(repositoryColumns)
    .where('account', '=', p.account)
    .where('region', '=', p.region)
    .where('name', '=', p.name),
);

export const findRepositoryById = statement<{ id: number }>()((db, p) =>
  db.selectFrom('repository').select(repositoryColumns).where('id', '=', p.id),
);

/** A page of a registry's repositories by name; `after` is the last name of the page before, '' for the first. */
export const listRepositories = statement<{ account: string; region: string; after: string; limit: number }>()(
  (db, p) =>
    db
      .selectFrom('repository')
      .select(repositoryColumns)
      .where('account', '=', p.account)
      .where('region', '=', p.region)
      .where('name', '>', p.after)
      .orderBy('name')
      .limit(p.limit),
);

export const insertRepository = statement<{
  account: string;
  region: string;
  name: string;
  mutability: string;
  filters: string;
  encryption: string;
  scanOnPush: number;
  time: number;
}>()((db, p) =>
  db
    .insertInto('repository')
    .values({
      account: p.account,
      region: p.region,
      name: p.name,
      tag_mutability: p.mutability,
      mutability_filters: p.filters,
      encryption_type: p.encryption,
      scan_on_push: p.scanOnPush,
      created_at: p.time,
    })
    .returning(repositoryColumns),
);

/** Tells whether a registry holds `limit` repositories or more without counting past it. */
export const hasRepositories = statement<{ account: string; region: string; offset: number }>()((db, p) =>
  db
    .selectFrom('repository')
    .select('id')
    .where('account', '=', p.account)
    .where('region', '=', p.region)
    .limit(1)
    .offset(p.offset),
);

export const deleteRepository = statement<{ id: number }>()((db, p) =>
  db.deleteFrom('repository').where('id', '=', p.id),
);

export const putMutability = statement<{ id: number; mutability: string; filters: string }>()((db, p) =>
  db
    .updateTable('repository')
    .set({ tag_mutability: p.mutability, mutability_filters: p.filters })
    .where('id', '=', p.id),
);

export const listRepositoryTags = statement<{ repository: number }>()((db, p) =>
  db.selectFrom('repository_tag').select(['name', 'value']).where('repository', '=', p.repository).orderBy('name'),
);

export const putRepositoryTag = statement<{ repository: number; name: string; value: string }>()((db, p) =>
  db
    .insertInto('repository_tag')
    .values({ repository: p.repository, name: p.name, value: p.value })
    .onConflict((c) => c.columns(['repository', 'name']).doUpdateSet((e) => ({ value: e.ref('excluded.value') }))),
);

export const deleteRepositoryTag = statement<{ repository: number; name: string }>()((db, p) =>
  db.deleteFrom('repository_tag').where('repository', '=', p.repository).where('name', '=', p.name),
);
