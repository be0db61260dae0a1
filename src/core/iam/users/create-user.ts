import { userArn } from '../../../domain/arn.ts';
import { RegistryError } from '../../../domain/errors.ts';
import { newIamId } from '../../../domain/iam/ids.ts';
import { bumpAccountRevision } from '../../../store/accounts.ts';
import { findUser } from '../../../store/iam/entities.ts';
import { countUsers, createUser as insert, getUser, type UserRow } from '../../../store/iam/users.ts';
import type { Call, Uses } from '../../app.ts';
import { iamLimitsOf } from '../summary/account-limits.ts';
import type { Allowed } from '../../authorize.ts';
import { requireDecided } from '../changes/decided.ts';
import { noSuchEntity } from '../entities.ts';
import { checkPolicyArn, requireAttachable } from '../policies/managed.ts';
import { checkTags, writeTags, type IamTag } from '../tags/tags.ts';

export interface NewUser {
  readonly name: string;
  readonly path: string;
  /** ARN of a managed policy. */
  readonly boundary?: string | undefined;
  readonly tags?: readonly IamTag[] | undefined;
}

export const userExists = (name: string): RegistryError =>
  new RegistryError('entityAlreadyExists', { text: `User with name ${name} already exists.` });

/**
 * Makes a user without keys and rights.
 *
 * @throws RegistryError entityAlreadyExists, quotaExceeded, invalidInput, noSuchEntity, policyNotAttachable.
 */
export async function createUser(
  app: Uses<'store' | 'limits'>,
  call: Call,
  allowed: Allowed<'iam:CreateUser'>,
  { name, path, boundary, tags = [] }: NewUser,
): Promise<UserRow> {
  const { account } = allowed.registry;
  const limits = await iamLimitsOf(app, app.store.read, account);
  requireDecided(allowed, userArn({ account, path, name }));
  checkTags(tags);
  if (boundary !== undefined) checkPolicyArn(boundary);
  const nameKey = name.toLowerCase();
  return app.store.write(async (tx) => {
    if (await tx.first(findUser, { account, nameKey })) throw userExists(name);
    if (boundary !== undefined) await requireAttachable(tx, account, boundary, 'Scope ARN:');
    const users = (await tx.first(countUsers, { account }))?.count ?? 0;
    if (users >= limits.users)
      throw new RegistryError('quotaExceeded', { text: `Cannot exceed quota for UsersPerAccount: ${limits.users}` });
    const id = newIamId('AIDA', account);
    await tx.run(insert, { id, account, name, nameKey, path, boundary: boundary ?? null, time: call.time });
    await writeTags(tx, { entity: id, kind: 'User', most: limits.tags }, tags);
    await tx.run(bumpAccountRevision, { account });
    const row = await tx.first(getUser, { id });
    if (!row) throw noSuchEntity('user', name);
    return row;
  });
}
