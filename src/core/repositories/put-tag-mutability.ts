import { RegistryError } from '../../domain/errors.ts';
import type { TagRule } from '../../domain/tags/mutability.ts';
import { putMutability } from '../../store/repositories.ts';
import type { Uses } from '../app.ts';
import type { AllowedOn } from '../authorize.ts';

/** Sets which tags may move; it counts for later writes. @throws RegistryError repositoryNotFound. */
export async function putTagMutability(
  app: Uses<'store'>,
  allowed: AllowedOn<'ecr:PutImageTagMutability'>,
  rule: TagRule,
): Promise<void> {
  const { id, name, account } = allowed.repository;
  const changed = await app.store.write((tx) =>
    tx.run(putMutability, { id, mutability: rule.mode, filters: JSON.stringify(rule.filters) }),
  );
  if (changed === 0) throw new RegistryError('repositoryNotFound', { repositoryName: name, registryId: account });
}
