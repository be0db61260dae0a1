import { groupArn } from '../../../domain/arn.ts';
import { bumpAccountRevision } from '../../../store/accounts.ts';
import { findGroup } from '../../../store/iam/entities.ts';
import { renameGroup } from '../../../store/iam/groups.ts';
import type { Uses } from '../../app.ts';
import type { Allowed } from '../../authorize.ts';
import { requireDecided } from '../changes/decided.ts';
import { readAgain, type OnEntity } from '../entities.ts';
import { groupExists } from './create-group.ts';

/**
 * Gives a group another name or path. Users and policies stay in it.
 *
 * @param target decides on the group as it will be named.
 * @throws RegistryError noSuchEntity, entityAlreadyExists.
 */
export async function updateGroup(
  app: Uses<'store'>,
  { entity }: OnEntity<'iam:UpdateGroup'>,
  target: Allowed<'iam:UpdateGroup'>,
  { name, path }: { name: string; path: string },
): Promise<void> {
  const { account } = target.registry;
  requireDecided(target, groupArn({ account, path, name }));
  const nameKey = name.toLowerCase();
  await app.store.write(async (tx) => {
    const { id } = await readAgain(tx, entity);
    const holder = await tx.first(findGroup, { account, nameKey });
    if (holder && holder.id !== id) throw groupExists(name);
    await tx.run(renameGroup, { id, name, nameKey, path });
    await tx.run(bumpAccountRevision, { account });
  });
}
