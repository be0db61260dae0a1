import { bumpAccountRevision } from '../../../store/accounts.ts';
import { countKeysOfUser } from '../../../store/iam/access-keys.ts';
import { countGroupsOfUser } from '../../../store/iam/groups.ts';
import { deleteTagsOf } from '../../../store/iam/tags.ts';
import { deleteUser as remove } from '../../../store/iam/users.ts';
import type { Uses } from '../../app.ts';
import { deleteConflict, requireNoPolicies } from '../changes/delete-conflicts.ts';
import { readAgain, type OnEntity } from '../entities.ts';

/** Deletes a user that has no keys, groups and policies any more. @throws RegistryError noSuchEntity, deleteConflict. */
export async function deleteUser(app: Uses<'store'>, { entity }: OnEntity<'iam:DeleteUser'>): Promise<void> {
  await app.store.write(async (tx) => {
    const { id, account } = await readAgain(tx, entity);
    const user = { user: id };
    if (((await tx.first(countKeysOfUser, user))?.count ?? 0) > 0) throw deleteConflict('delete access keys');
    await requireNoPolicies(tx, id);
    if (((await tx.first(countGroupsOfUser, user))?.count ?? 0) > 0) throw deleteConflict('remove users from group');
    await tx.run(deleteTagsOf, { entity: id });
    await tx.run(remove, { id });
    await tx.run(bumpAccountRevision, { account });
  });
}
