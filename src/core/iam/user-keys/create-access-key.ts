import { RegistryError } from '../../../domain/errors.ts';
import { bumpAccountRevision } from '../../../store/accounts.ts';
import { countKeysOfUser } from '../../../store/iam/access-keys.ts';
import type { Call, Uses } from '../../app.ts';
import { iamLimitsOf } from '../summary/account-limits.ts';
import { newAccessKey, storeAccessKey, type AccessKey } from '../access-keys.ts';
import { readAgain, type OnEntity } from '../entities.ts';

/** Gives a user one more key. Only its maker ever sees the secret. @throws RegistryError noSuchEntity, quotaExceeded. */
export async function createAccessKey(
  app: Uses<'store' | 'installation' | 'limits'>,
  call: Call,
  { entity }: OnEntity<'iam:CreateAccessKey'>,
): Promise<AccessKey> {
  const { account } = entity;
  const { accessKeysPerUser: most } = await iamLimitsOf(app, app.store.read, account);
  const key = newAccessKey(account);
  await app.store.write(async (tx) => {
    const { id: user } = await readAgain(tx, entity);
    if (((await tx.first(countKeysOfUser, { user }))?.count ?? 0) >= most)
      throw new RegistryError('quotaExceeded', { text: `Cannot exceed quota for AccessKeysPerUser: ${most}` });
    await storeAccessKey(tx, app.installation, { account, user }, key, call.time);
    await tx.run(bumpAccountRevision, { account });
  });
  return key;
}
