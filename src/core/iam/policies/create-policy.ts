import { policyArn } from '../../../domain/arn.ts';
import { RegistryError } from '../../../domain/errors.ts';
import { checkIdentityPolicy } from '../../../domain/iam/documents/identity-policy.ts';
import { newIamId } from '../../../domain/iam/ids.ts';
import { bumpAccountRevision } from '../../../store/accounts.ts';
import { findPolicy, hasPolicies, insertPolicy, insertVersion } from '../../../store/iam/policies.ts';
import type { Call, Uses } from '../../app.ts';
import { iamLimitsOf } from '../summary/account-limits.ts';
import type { Allowed } from '../../authorize.ts';
import { requireDecided } from '../changes/decided.ts';
import { checkTags, writeTags, type IamTag } from '../tags/tags.ts';
import { checkManagedSize } from './document-size.ts';
import { policyNotFound, policyOfRow, type ManagedPolicy } from './managed.ts';

export interface NewPolicy {
  readonly name: string;
  readonly path: string;
  readonly document: string;
  readonly description?: string | undefined;
  readonly tags?: readonly IamTag[] | undefined;
}

/**
 * Makes a managed policy; its document is version 1.
 *
 * @throws RegistryError malformedPolicyDocument, entityAlreadyExists, quotaExceeded, invalidInput.
 */
export async function createPolicy(
  app: Uses<'store' | 'limits'>,
  call: Call,
  allowed: Allowed<'iam:CreatePolicy'>,
  { name, path, document, description = '', tags = [] }: NewPolicy,
): Promise<ManagedPolicy> {
  const { account } = allowed.registry;
  requireDecided(allowed, policyArn({ account, path, name }));
  const limits = await iamLimitsOf(app, app.store.read, account);
  checkTags(tags);
  checkIdentityPolicy(document);
  checkManagedSize(document, limits);
  const nameKey = name.toLowerCase();
  return app.store.write(async (tx) => {
    if (await tx.first(findPolicy, { account, nameKey })) {
      const text = `A policy called ${name} already exists. Duplicate names are not allowed.`;
      throw new RegistryError('entityAlreadyExists', { text });
    }
    if (await tx.first(hasPolicies, { account, offset: limits.policies - 1 }))
      throw new RegistryError('quotaExceeded', {
        text: `Cannot exceed quota for PoliciesPerAccount: ${limits.policies}`,
      });
    const id = newIamId('ANPA', account);
    const { time } = call;
    await tx.run(insertPolicy, { id, account, name, nameKey, path, description: description || null, time });
    await tx.run(insertVersion, { policy: id, version: 1, document, time });
    await writeTags(tx, { entity: id, kind: 'Policy', most: limits.tags }, tags);
    await tx.run(bumpAccountRevision, { account });
    const row = await tx.first(findPolicy, { account, nameKey });
    if (!row) throw policyNotFound(allowed.resource);
    return policyOfRow(row);
  });
}
