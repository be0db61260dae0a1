import { RegistryError } from '../../domain/errors.ts';
import { findRepository, listRepositories as listPage, type RepositoryRow } from '../../store/repositories.ts';
import type { Uses } from '../app.ts';
import type { Allowed, AllowedOnName } from '../authorize.ts';

export interface Page<T> {
  readonly entries: readonly T[];
  /** Present when there is more. */
  readonly nextToken?: string | undefined;
}

/** A page of a registry's repositories, by name. `after` is a name and wins over a token. */
export async function listRepositories(
  app: Uses<'store' | 'pageTokens'>,
  allowed: Allowed<'ecr:DescribeRepositories'>,
  page: { limit: number; nextToken?: string | undefined; after?: string | undefined },
): Promise<Page<RepositoryRow>> {
  const { account, region } = allowed.registry;
  const scope = `repositories/${account}/${region}`;
  const after = page.after ?? (page.nextToken === undefined ? '' : app.pageTokens.read(scope, page.nextToken));
  const rows = await app.store.read.all(listPage, { account, region, after, limit: page.limit + 1 });
  const entries = rows.slice(0, page.limit);
  const last = entries.at(-1);
  const more = rows.length > page.limit && last !== undefined;
  return { entries, nextToken: more ? app.pageTokens.write(scope, last.name) : undefined };
}

/** Repositories by their names, in the order asked. @throws RegistryError repositoryNotFound for the first that is missing. */
export async function findRepositories(
  app: Uses<'store'>,
  allowed: readonly AllowedOnName<'ecr:DescribeRepositories'>[],
): Promise<RepositoryRow[]> {
  const rows: RepositoryRow[] = [];
  for (const { registry, name } of allowed) {
    const row = await app.store.read.first(findRepository, {
      account: registry.account,
      region: registry.region,
      name,
    });
    if (!row) throw new RegistryError('repositoryNotFound', { repositoryName: name, registryId: registry.account });
    rows.push(row);
  }
  return rows;
}
