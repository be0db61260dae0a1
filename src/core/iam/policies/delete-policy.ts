import { RegistryError } from '../../../domain/errors.ts';
import { bumpAccountRevision } from '../../../store/accounts.ts';
import { deletePolicy as deleteRow, deleteVersion, listVersions } from '../../../store/iam/policies.ts';
import { deleteTagsOf } from '../../../store/iam/tags.ts';
import type { Uses } from '../../app.ts';
import { readPolicyAgain, type OnPolicy } from './managed.ts';
import { readUsage } from './usage.ts';

/** Deletes a policy that nobody uses and of which only the default version is left. @throws RegistryError deleteConflict. */
export async function deletePolicy(app: Uses<'store'>, on: OnPolicy<'iam:DeletePolicy'>): Promise<void> {
  const { account } = on.allowed.registry;
  await app.store.write(async (tx) => {
    const { id } = await readPolicyAgain(tx, on);
    const { attachments, boundaries } = await readUsage(tx, account, on.policy.arn);
    if (attachments + boundaries > 0)
      throw new RegistryError('deleteConflict', { text: 'Cannot delete a policy attached to entities.' });
    const versions = await tx.all(listVersions, { policy: id });
    if (versions.length > 1) {
      const text =
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.";
      throw new RegistryError('deleteConflict', { text });
    }
    for (const { version } of versions) await tx.run(deleteVersion, { policy: id, version });
    await tx.run(deleteTagsOf, { entity: id });
    await tx.run(deleteRow, { id });
    await tx.run(bumpAccountRevision, { account });
  });
}
