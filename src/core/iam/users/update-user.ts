import { userArn } from '../../../domain/arn.ts';
import { bumpAccountRevision } from '../../../store/accounts.ts';
import { findUser } from '../../../store/iam/entities.ts';
import { renameUser } from '../../../store/iam/users.ts';
import type { Uses } from '../../app.ts';
import type { Allowed } from '../../authorize.ts';
import { requireDecided } from '../changes/decided.ts';
import { readAgain, type OnEntity } from '../entities.ts';
import { userExists } from './create-user.ts';

/**
 * Gives a user another name or path. It stays the same user: keys, groups, policies and its unique id stay, its ARN changes.
 *
 * @param target decides on the user as it will be named.
 * @throws RegistryError noSuchEntity, entityAlreadyExists.
 */
export async function updateUser(
  app: Uses<'store'>,
  { entity }: OnEntity<'iam:UpdateUser'>,
  target: Allowed<'iam:UpdateUser'>,
  { name, path }: { name: string; path: string },
): Promise<void> {
  const { account } = target.registry;
  requireDecided(target, userArn({ account, path, name }));
  const nameKey = name.toLowerCase();
  await app.store.write(async (tx) => {
    const { id } = await readAgain(tx, entity);
    const holder = await tx.first(findUser, { account, nameKey });
    if (holder && holder.id !== id) throw userExists(name);
    await tx.run(renameUser, { id, name, nameKey, path });
    await tx.run(bumpAccountRevision, { account });
  });
}
