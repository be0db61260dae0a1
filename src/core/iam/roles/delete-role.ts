import { bumpAccountRevision } from '../../../store/accounts.ts';
import { deleteRole as deleteRow } from '../../../store/iam/roles.ts';
import { deleteTagsOf } from '../../../store/iam/tags.ts';
import type { Uses } from '../../app.ts';
import { requireNoPolicies } from '../changes/delete-conflicts.ts';
import { readAgain, type OnEntity } from '../entities.ts';

/** Deletes a role that holds no policy any more; its sessions are void at once. @throws RegistryError deleteConflict. */
export async function deleteRole(app: Uses<'store'>, { entity }: OnEntity<'iam:DeleteRole'>): Promise<void> {
  await app.store.write(async (tx) => {
    const { id, account } = await readAgain(tx, entity);
    await requireNoPolicies(tx, id);
    await tx.run(deleteTagsOf, { entity: id });
    await tx.run(deleteRow, { id });
    await tx.run(bumpAccountRevision, { account });
  });
}
