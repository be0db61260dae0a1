import { checkTrustPolicy } from '../../../domain/iam/documents/trust-policy.ts';
import { bumpAccountRevision } from '../../../store/accounts.ts';
import { findRole, putRole, putTrust } from '../../../store/iam/roles.ts';
import type { Uses } from '../../app.ts';
import { iamLimitsOf } from '../summary/account-limits.ts';
import { noSuchEntity, type OnEntity } from '../entities.ts';
import { checkTrustSize } from '../policies/document-size.ts';
import { readRoleOf, type RoleShown } from './read-role.ts';
import { resolveTrust } from './trust.ts';

/** Members that are left out stay as they are. */
export interface RoleChange {
  readonly description?: string | undefined;
  /** Seconds. */
  readonly maxSession?: number | undefined;
}

/** Changes description and longest session of a role. @throws RegistryError noSuchEntity. */
export async function updateRole(
  app: Uses<'store'>,
  { entity }: OnEntity<'iam:UpdateRole' | 'iam:UpdateRoleDescription'>,
  { description, maxSession }: RoleChange,
): Promise<RoleShown> {
  return app.store.write(async (tx) => {
    const row = await tx.first(findRole, { id: entity.id });
    if (!row) throw noSuchEntity('role', entity.name);
    await tx.run(putRole, {
      id: row.id,
      description: description === undefined ? row.description : description || null,
      maxSession: maxSession ?? row.max_session,
    });
    await tx.run(bumpAccountRevision, { account: row.account });
    return readRoleOf(tx, row);
  });
}

/** Gives a role another trust policy. @throws RegistryError malformedPolicyDocument, quotaExceeded, noSuchEntity. */
export async function updateTrust(
  app: Uses<'store' | 'limits'>,
  { entity }: OnEntity<'iam:UpdateAssumeRolePolicy'>,
  trust: string,
): Promise<void> {
  const document = checkTrustPolicy(trust);
  checkTrustSize(trust, await iamLimitsOf(app, app.store.read, entity.account));
  await app.store.write(async (tx) => {
    const row = await tx.first(findRole, { id: entity.id });
    if (!row) throw noSuchEntity('role', entity.name);
    await tx.run(putTrust, { id: row.id, trust, principals: await resolveTrust(tx, document) });
    await tx.run(bumpAccountRevision, { account: row.account });
  });
}
