import { roleArn } from '../../../domain/arn.ts';
import { RegistryError } from '../../../domain/errors.ts';
import { checkTrustPolicy } from '../../../domain/iam/documents/trust-policy.ts';
import { newIamId } from '../../../domain/iam/ids.ts';
import { bumpAccountRevision } from '../../../store/accounts.ts';
import { findRole as findByName } from '../../../store/iam/entities.ts';
import { findRole, hasRoles, insertRole } from '../../../store/iam/roles.ts';
import type { Call, Uses } from '../../app.ts';
import { iamLimitsOf } from '../summary/account-limits.ts';
import type { Allowed } from '../../authorize.ts';
import { requireDecided } from '../changes/decided.ts';
import { noSuchEntity } from '../entities.ts';
import { checkTrustSize } from '../policies/document-size.ts';
import { checkPolicyArn, requireAttachable } from '../policies/managed.ts';
import { checkTags, writeTags, type IamTag } from '../tags/tags.ts';
import { describeRole, type RoleShown } from './read-role.ts';
import { resolveTrust } from './trust.ts';

export interface NewRole {
  readonly name: string;
  readonly path: string;
  readonly trust: string;
  readonly description?: string | undefined;
  /** Seconds. */
  readonly maxSession?: number | undefined;
  /** ARN of a managed policy. */
  readonly boundary?: string | undefined;
  readonly tags?: readonly IamTag[] | undefined;
}

/** Seconds that a session of a role may last where the role does not say (IAM API: 1 hour). */
const usualMaxSession = 3600;

/**
 * Makes a role.
 *
 * @throws RegistryError malformedPolicyDocument, entityAlreadyExists, quotaExceeded, invalidInput, noSuchEntity,
 *   policyNotAttachable.
 */
export async function createRole(
  app: Uses<'store' | 'limits'>,
  call: Call,
  allowed: Allowed<'iam:CreateRole'>,
  { name, path, trust, description = '', maxSession = usualMaxSession, boundary, tags = [] }: NewRole,
): Promise<RoleShown> {
  const { account } = allowed.registry;
  requireDecided(allowed, roleArn({ account, path, name }));
  const limits = await iamLimitsOf(app, app.store.read, account);
  const nameKey = name.toLowerCase();
  checkTags(tags);
  if (boundary !== undefined) checkPolicyArn(boundary);
  const document = checkTrustPolicy(trust);
  checkTrustSize(trust, limits);
  return app.store.write(async (tx) => {
    if (await tx.first(findByName, { account, nameKey }))
      throw new RegistryError('entityAlreadyExists', { text: `Role with name ${name} already exists.` });
    if (await tx.first(hasRoles, { account, offset: limits.roles - 1 }))
      throw new RegistryError('quotaExceeded', { text: `Cannot exceed quota for RolesPerAccount: ${limits.roles}` });
    if (boundary !== undefined) await requireAttachable(tx, account, boundary, 'Scope ARN:');
    const principals = await resolveTrust(tx, document);
    const id = newIamId('AROA', account);
    const texts = { name, nameKey, path, description: description || null, trust, principals };
    await tx.run(insertRole, { id, account, ...texts, maxSession, boundary: boundary ?? null, time: call.time });
    await writeTags(tx, { entity: id, kind: 'Role', most: limits.tags }, tags);
    await tx.run(bumpAccountRevision, { account });
    const row = await tx.first(findRole, { id });
    if (!row) throw noSuchEntity('role', name);
    return describeRole(tx, row);
  });
}
