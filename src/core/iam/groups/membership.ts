import { RegistryError } from '../../../domain/errors.ts';
import { bumpAccountRevision } from '../../../store/accounts.ts';
import type { Reader } from '../../../store/db.ts';
import { countGroupsOfUser, deleteMembership, findMembership, insertMembership } from '../../../store/iam/groups.ts';
import type { Uses } from '../../app.ts';
import { iamLimitsOf } from '../summary/account-limits.ts';
import { findEntity, noSuchEntity, readAgain, type Entity, type OnEntity } from '../entities.ts';

/** Puts a user into a group; once more is no error. @throws RegistryError noSuchEntity, quotaExceeded. */
export async function addUserToGroup(
  app: Uses<'store' | 'limits'>,
  { entity }: OnEntity<'iam:AddUserToGroup'>,
  userName: string,
): Promise<void> {
  const { groupsPerUser: most } = await iamLimitsOf(app, app.store.read, entity.account);
  await app.store.write(async (tx) => {
    const group = await readAgain(tx, entity);
    const user = await getUser(tx, group.account, userName);
    const membership = { group: group.id, user: user.id };
    if (await tx.first(findMembership, membership)) return;
    if (((await tx.first(countGroupsOfUser, { user: user.id }))?.count ?? 0) >= most)
      throw new RegistryError('quotaExceeded', { text: `Cannot exceed quota for GroupsPerUser: ${most}` });
    await tx.run(insertMembership, membership);
    await tx.run(bumpAccountRevision, { account: group.account });
  });
}

/** Takes a user out of a group; one that is not in it is no error. @throws RegistryError noSuchEntity. */
export async function removeUserFromGroup(
  app: Uses<'store'>,
  { entity }: OnEntity<'iam:RemoveUserFromGroup'>,
  userName: string,
): Promise<void> {
  await app.store.write(async (tx) => {
    const group = await readAgain(tx, entity);
    const user = await getUser(tx, group.account, userName);
    await tx.run(deleteMembership, { group: group.id, user: user.id });
    await tx.run(bumpAccountRevision, { account: group.account });
  });
}

async function getUser(reader: Reader, account: string, name: string): Promise<Entity> {
  const user = await findEntity(reader, 'user', account, name);
  if (!user) throw noSuchEntity('user', name);
  return user;
}
