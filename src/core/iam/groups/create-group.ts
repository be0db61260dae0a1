import { groupArn } from '../../../domain/arn.ts';
import { RegistryError } from '../../../domain/errors.ts';
import { newIamId } from '../../../domain/iam/ids.ts';
import { bumpAccountRevision } from '../../../store/accounts.ts';
import { findGroup } from '../../../store/iam/entities.ts';
import { countGroups, createGroup as insert, getGroup, type GroupRow } from '../../../store/iam/groups.ts';
import type { Call, Uses } from '../../app.ts';
import { iamLimitsOf } from '../summary/account-limits.ts';
import type { Allowed } from '../../authorize.ts';
import { requireDecided } from '../changes/decided.ts';
import { noSuchEntity } from '../entities.ts';

export const groupExists = (name: string): RegistryError =>
  new RegistryError('entityAlreadyExists', { text: `Group with name ${name} already exists.` });

/** Makes a group that nobody is in. @throws RegistryError entityAlreadyExists, quotaExceeded. */
export async function createGroup(
  app: Uses<'store' | 'limits'>,
  call: Call,
  allowed: Allowed<'iam:CreateGroup'>,
  { name, path }: { name: string; path: string },
): Promise<GroupRow> {
  const { account } = allowed.registry;
  const { groups: most } = await iamLimitsOf(app, app.store.read, account);
  requireDecided(allowed, groupArn({ account, path, name }));
  const nameKey = name.toLowerCase();
  return app.store.write(async (tx) => {
    if (await tx.first(findGroup, { account, nameKey })) throw groupExists(name);
    if (((await tx.first(countGroups, { account }))?.count ?? 0) >= most)
      throw new RegistryError('quotaExceeded', { text: `Cannot exceed quota for GroupsPerAccount: ${most}` });
    const id = newIamId('AGPA', account);
    await tx.run(insert, { id, account, name, nameKey, path, time: call.time });
    await tx.run(bumpAccountRevision, { account });
    const row = await tx.first(getGroup, { id });
    if (!row) throw noSuchEntity('group', name);
    return row;
  });
}
