import { bumpAccountRevision } from '../../../store/accounts.ts';
import { putRoleBoundary, putUserBoundary } from '../../../store/iam/entities.ts';
import type { Uses } from '../../app.ts';
import { readAgain, type OnEntity } from '../entities.ts';
import { requireAttachable } from '../policies/managed.ts';

type PutAction = 'iam:PutUserPermissionsBoundary' | 'iam:PutRolePermissionsBoundary';
type DeleteAction = 'iam:DeleteUserPermissionsBoundary' | 'iam:DeleteRolePermissionsBoundary';

/**
 * Bounds a user or role by a managed policy. It counts at once.
 *
 * @throws RegistryError noSuchEntity, policyNotAttachable.
 */
export async function putBoundary(
  app: Uses<'store'>,
  { allowed, entity }: OnEntity<PutAction>,
  policy: string,
): Promise<void> {
  const { account } = allowed.registry;
  await app.store.write(async (tx) => {
    const { id, kind } = await readAgain(tx, entity);
    await requireAttachable(tx, account, policy, 'Scope ARN:');
    await tx.run(kind === 'user' ? putUserBoundary : putRoleBoundary, { id, boundary: policy });
    await tx.run(bumpAccountRevision, { account });
  });
}

/** Takes the boundary away from a user or role; where there is none, nothing changes. */
export async function deleteBoundary(app: Uses<'store'>, { entity }: OnEntity<DeleteAction>): Promise<void> {
  await app.store.write(async (tx) => {
    const { id, kind, account } = await readAgain(tx, entity);
    await tx.run(kind === 'user' ? putUserBoundary : putRoleBoundary, { id, boundary: null });
    await tx.run(bumpAccountRevision, { account });
  });
}
