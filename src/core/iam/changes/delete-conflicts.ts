import { RegistryError } from '../../../domain/errors.ts';
import type { Reader } from '../../../store/db.ts';
import { listAttachments } from '../../../store/iam/attachments.ts';
import { listInlinePolicyNames } from '../../../store/iam/inline-policies.ts';

/** What keeps an entity from being deleted, in the words of IAM. */
export const deleteConflict = (first: string): RegistryError =>
  new RegistryError('deleteConflict', { text: `Cannot delete entity, must ${first} first.` });

/** Inside the transaction that deletes a user, group or role. @throws RegistryError deleteConflict. */
export async function requireNoPolicies(reader: Reader, entity: string): Promise<void> {
  const attached = await reader.all(listAttachments, { entity });
  if (attached.length > 0) throw deleteConflict('detach all policies');
  const inline = await reader.first(listInlinePolicyNames, { entity, after: '', limit: 1 });
  if (inline) throw deleteConflict('delete policies');
}
