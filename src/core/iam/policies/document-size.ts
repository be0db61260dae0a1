import { RegistryError } from '../../../domain/errors.ts';
import { policySize } from '../../../domain/iam/documents/size.ts';
import type { EntityKind } from '../entities.ts';
import type { IamLimits } from '../summary/limits.ts';

/** @throws RegistryError quotaExceeded for a document that is too large for a managed policy. */
export function checkManagedSize(document: string, { managedPolicySize: most }: IamLimits): void {
  if (policySize(document) > most)
    throw new RegistryError('quotaExceeded', { text: `Cannot exceed quota for PolicySize: ${most}` });
}

/** @throws RegistryError quotaExceeded for a trust policy that is too large. */
export function checkTrustSize(document: string, { trustPolicySize: most }: IamLimits): void {
  if (policySize(document) > most)
    throw new RegistryError('quotaExceeded', { text: `Cannot exceed quota for ACLSizePerRole: ${most}` });
}

/** @throws RegistryError quotaExceeded where the inline policies of one entity are too large together. */
export function checkInlineSize(
  documents: readonly string[],
  { kind, name }: { kind: EntityKind; name: string },
  limits: IamLimits,
): void {
  const most = { user: limits.userPolicySize, group: limits.groupPolicySize, role: limits.rolePolicySize }[kind];
  const size = documents.reduce((sum, document) => sum + policySize(document), 0);
  if (size > most) {
    const text = `Maximum policy size of ${most} bytes exceeded for ${kind} ${name}`;
    throw new RegistryError('quotaExceeded', { text });
  }
}
