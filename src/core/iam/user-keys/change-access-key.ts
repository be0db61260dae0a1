import { RegistryError } from '../../../domain/errors.ts';
import { bumpAccountRevision } from '../../../store/accounts.ts';
import { deleteKey, putKeyStatus } from '../../../store/iam/access-keys.ts';
import type { Uses } from '../../app.ts';
import type { OnEntity } from '../entities.ts';

const noSuchKey = (id: string): RegistryError =>
  new RegistryError('noSuchEntity', { text: `The Access Key with id ${id} cannot be found.` });

/** Switches a key of the user on or off, at once for every request and login token. @throws RegistryError noSuchEntity. */
export async function setAccessKeyActive(
  app: Uses<'store'>,
  { entity }: OnEntity<'iam:UpdateAccessKey'>,
  { id, active }: { id: string; active: boolean },
): Promise<void> {
  await app.store.write(async (tx) => {
    const changed = await tx.run(putKeyStatus, { id, user: entity.id, active: active ? 1 : 0 });
    if (changed === 0) throw noSuchKey(id);
    await tx.run(bumpAccountRevision, { account: entity.account });
  });
}

/** Deletes a key of the user; login tokens that came from it end with it. @throws RegistryError noSuchEntity. */
export async function deleteAccessKey(
  app: Uses<'store'>,
  { entity }: OnEntity<'iam:DeleteAccessKey'>,
  id: string,
): Promise<void> {
  await app.store.write(async (tx) => {
    if ((await tx.run(deleteKey, { id, user: entity.id })) === 0) throw noSuchKey(id);
    await tx.run(bumpAccountRevision, { account: entity.account });
  });
}
