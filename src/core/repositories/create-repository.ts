import { RegistryError } from '../../domain/errors.ts';
import { checkResourceTags, checkTagCount, type ResourceTag } from '../../domain/tags/resource-tags.ts';
import type { TagRule } from '../../domain/tags/mutability.ts';
import { ConstraintError } from '../../store/db.ts';
import {
  findRepository,
  hasRepositories,
  insertRepository,
  putRepositoryTag,
  type RepositoryRow,
} from '../../store/repositories.ts';
import type { Call, Uses } from '../app.ts';
import type { AllowedOnName } from '../authorize.ts';

export interface NewRepository {
  readonly scanOnPush: boolean;
  readonly tagRule?: TagRule | undefined;
  readonly tags?: readonly ResourceTag[] | undefined;
}

/** Makes a repository. @throws RegistryError repositoryAlreadyExists, repositoriesExceeded. */
export async function createRepository(
  app: Uses<'store' | 'keyRing' | 'limits'>,
  call: Call,
  allowed: AllowedOnName<'ecr:CreateRepository'>,
  input: NewRepository,
): Promise<RepositoryRow> {
  const { account, region } = allowed.registry;
  const { name } = allowed;
  const rule = input.tagRule ?? { mode: 'MUTABLE', filters: [] };
  const tags = input.tags ?? [];
  checkResourceTags(tags);
  checkTagCount(tags.length);
  // The registry's key is made with its first repository, so that no push waits for it.
  await app.keyRing.registryKey(allowed.registry);
  return app.store.write(async (tx) => {
    if (await tx.first(findRepository, { account, region, name })) {
      throw new RegistryError('repositoryAlreadyExists', { repositoryName: name, registryId: account });
    }
    const limit = app.limits.repositories;
    if (await tx.first(hasRepositories, { account, region, offset: limit - 1 })) {
      throw new RegistryError('repositoriesExceeded', { registryId: account, limit });
    }
    const row = await tx.first(insertRepository, {
      account,
      region,
      name,
      mutability: rule.mode,
      filters: JSON.stringify(rule.filters),
      encryption: 'AES256',
      scanOnPush: input.scanOnPush ? 1 : 0,
      time: call.time,
    });
    if (!row) throw new ConstraintError('an inserted repository did not come back');
    for (const { Key, Value } of tags) await tx.run(putRepositoryTag, { repository: row.id, name: Key, value: Value });
    return row;
  });
}
