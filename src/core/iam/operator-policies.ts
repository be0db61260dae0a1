import { RegistryError } from '../../domain/errors.ts';
import type { Reader } from '../../store/db.ts';
import { findRepository, type RepositoryRow } from '../../store/repositories.ts';
import { findRegistryPolicy, findRepositoryPolicy } from '../../store/resource-policies.ts';
import type { Registry, Uses } from '../app.ts';
import { removeRepositoryPolicy } from '../repositories/repository-policy.ts';
import { removeRegistryPolicy } from '../settings/registry-policy.ts';
import { showStoredPrincipals } from './principal-references.ts';

/** The policy of a repository, or of the registry itself. */
export interface PolicyPlace {
  readonly registry: Registry;
  readonly repository?: string | undefined;
}

/*
 * The way back for who is locked out: the operator at the machine sees and removes a policy whatever it says. There is no
 * proof of a decision here, since the policy itself would be asked; the private socket is what lets the operator in.
 */

/** The text of a policy. @throws RegistryError registryPolicyNotFound, repositoryPolicyNotFound, repositoryNotFound. */
export async function showPolicy(app: Uses<'store'>, place: PolicyPlace): Promise<string> {
  const { read } = app.store;
  if (place.repository === undefined) {
    const stored = await read.first(findRegistryPolicy, place.registry);
    if (!stored) throw new RegistryError('registryPolicyNotFound', { registryId: place.registry.account });
    return showStoredPrincipals(read, stored);
  }
  const row = await getRepository(read, place);
  const stored = await read.first(findRepositoryPolicy, { repository: row.id });
  if (!stored)
    throw new RegistryError('repositoryPolicyNotFound', { repositoryName: row.name, registryId: row.account });
  return showStoredPrincipals(read, stored);
}

/** Takes a policy away, gives its text and writes down that it was done. @throws RegistryError as {@link showPolicy}. */
export async function removePolicy(app: Uses<'store' | 'log'>, place: PolicyPlace): Promise<string> {
  const text = await app.store.write(async (tx) =>
    place.repository === undefined
      ? await removeRegistryPolicy(tx, place.registry)
      : await removeRepositoryPolicy(tx, await getRepository(tx, place)),
  );
  app.log.warn({ ...place.registry, repository: place.repository, policy: text }, 'the operator removed a policy');
  return text;
}

async function getRepository(read: Reader, { registry, repository: name = '' }: PolicyPlace): Promise<RepositoryRow> {
  const row = await read.first(findRepository, { ...registry, name });
  if (!row) throw new RegistryError('repositoryNotFound', { repositoryName: name, registryId: registry.account });
  return row;
}
