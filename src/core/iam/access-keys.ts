import { newIamId, newSecretAccessKey } from '../../domain/iam/ids.ts';
import { insertAccessKey } from '../../store/accounts.ts';
import type { Writer } from '../../store/db.ts';
import type { Installation } from '../installation/installation.ts';

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The sealed secret is bound to the key it belongs to, so that rows cannot be exchanged. */
const sealedFor = (account: string, accessKeyId: string): string => `access key ${account}/${accessKeyId}`;

/** A new pair, not stored yet. */
export function newAccessKey(account: string): AccessKey {
  return { accessKeyId: newIamId('AKIA', account), secretAccessKey: newSecretAccessKey() };
}

/** The secret of an access key as it is stored. */
export const sealAccessKey = ({ root }: Installation, account: string, key: AccessKey): Buffer =>
  root.wrap(Buffer.from(key.secretAccessKey), sealedFor(account, key.accessKeyId));

export async function storeAccessKey(
  tx: Writer,
  installation: Installation,
  owner: { account: string; user: string },
  key: AccessKey,
  time: number,
): Promise<void> {
  const { account, user } = owner;
  const secret = sealAccessKey(installation, account, key);
  await tx.run(insertAccessKey, { id: key.accessKeyId, account, user, secret, time });
}

/** The secret of a stored access key. `owner.id`: the key's own. */
export function unsealAccessKey(
  { root }: Installation,
  owner: { readonly account: string; readonly id: string },
  sealed: Uint8Array,
): string {
  return root.unwrap(sealed, sealedFor(owner.account, owner.id)).toString();
}
