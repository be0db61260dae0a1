import { invalidPrincipal } from '../../../domain/iam/documents/refusals.ts';
import type { PolicyDocument } from '../../../domain/iam/policy/document.ts';
import type { Reader } from '../../../store/db.ts';
import { resolvePrincipals, showStoredPrincipals } from '../principal-references.ts';

/**
 * What the principals of a trust policy stand for, as it is kept beside the policy.
 *
 * @throws RegistryError malformedPolicyDocument for a user or role that does not exist.
 */
export async function resolveTrust(tx: Reader, document: PolicyDocument): Promise<string> {
  const { ids, missing } = await resolvePrincipals(tx, document);
  const [first] = missing;
  if (first !== undefined) throw invalidPrincipal('AWS', first);
  return JSON.stringify(ids);
}

/** A role's trust policy as it is shown. */
export async function showTrust(reader: Reader, row: { trust: string; trust_principals: string }): Promise<string> {
  return showStoredPrincipals(reader, { document: row.trust, principals: row.trust_principals });
}
