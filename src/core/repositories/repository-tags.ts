import { RegistryError } from '../../domain/errors.ts';
import {
  checkCaseOfKeys,
  checkResourceTagKeys,
  checkResourceTags,
  checkTagCount,
  type ResourceTag,
} from '../../domain/tags/resource-tags.ts';
import {
  deleteRepositoryTag,
  findRepositoryById,
  listRepositoryTags,
  putRepositoryTag,
} from '../../store/repositories.ts';
import type { Uses } from '../app.ts';
import type { AllowedOn } from '../authorize.ts';

/** Adds tags to a repository; of a key that is there the value is replaced. @throws RegistryError invalidTagParameter, tooManyTags. */
export async function tagRepository(
  app: Uses<'store'>,
  allowed: AllowedOn<'ecr:TagResource'>,
  tags: readonly ResourceTag[],
): Promise<void> {
  checkResourceTags(tags);
  const { id, name, account } = allowed.repository;
  await app.store.write(async (tx) => {
    if (!(await tx.first(findRepositoryById, { id }))) {
      throw new RegistryError('repositoryNotFound', { repositoryName: name, registryId: account });
    }
    for (const { Key, Value } of tags) await tx.run(putRepositoryTag, { repository: id, name: Key, value: Value });
    const all = await tx.all(listRepositoryTags, { repository: id });
    checkTagCount(all.length);
    checkCaseOfKeys(all.map((tag) => tag.name));
  });
}

/** Removes tags by their keys; keys that are not there are no error. @throws RegistryError invalidTagParameter. */
export async function untagRepository(
  app: Uses<'store'>,
  allowed: AllowedOn<'ecr:UntagResource'>,
  keys: readonly string[],
): Promise<void> {
  checkResourceTagKeys(keys);
  const repository = allowed.repository.id;
  await app.store.write(async (tx) => {
    for (const name of keys) await tx.run(deleteRepositoryTag, { repository, name });
  });
}

export async function listTagsOfRepository(
  app: Uses<'store'>,
  allowed: AllowedOn<'ecr:ListTagsForResource'>,
): Promise<ResourceTag[]> {
  const rows = await app.store.read.all(listRepositoryTags, { repository: allowed.repository.id });
  return rows.map(({ name, value }) => ({ Key: name, Value: value }));
}
