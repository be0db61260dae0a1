import { bumpAccountRevision } from '../../../store/accounts.ts';
import { deleteGroup as remove, listUsersOfGroup } from '../../../store/iam/groups.ts';
import type { Uses } from '../../app.ts';
import { deleteConflict, requireNoPolicies } from '../changes/delete-conflicts.ts';
import { readAgain, type OnEntity } from '../entities.ts';

/** Deletes a group that has no users and policies any more. @throws RegistryError noSuchEntity, deleteConflict. */
export async function deleteGroup(app: Uses<'store'>, { entity }: OnEntity<'iam:DeleteGroup'>): Promise<void> {
  await app.store.write(async (tx) => {
    const { id, account } = await readAgain(tx, entity);
    if (await tx.first(listUsersOfGroup, { group: id, after: '', limit: 1 }))
      throw deleteConflict('remove users from group');
    await requireNoPolicies(tx, id);
    await tx.run(remove, { id });
    await tx.run(bumpAccountRevision, { account });
  });
}
