import { noRights } from '../../domain/iam/principal.ts';
import { userArn } from '../../domain/arn.ts';
import { accountOfIamId, newIamId, newSecretAccessKey } from '../../domain/iam/ids.ts';
import { findAccessKey, insertAccessKey } from '../../store/accounts.ts';
import type { Writer } from '../../store/db.ts';
import type { Uses } from '../app.ts';
import type { Installation } from '../installation/installation.ts';
import type { CachedKey } from './credential-cache.ts';

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

export async function storeAccessKey(
  tx: Writer,
  installation: Installation,
  owner: { account: string; user: string },
  key: AccessKey,
  time: number,
): Promise<void> {
  const { account, user } = owner;
  const secret = installation.root.wrap(Buffer.from(key.secretAccessKey), sealedFor(account, key.accessKeyId));
  await tx.run(insertAccessKey, { id: key.accessKeyId, account, user, secret, time });
}

/** The access key of an id with its user, or undefined for an id that is not known here. */
export async function findCredential(
  app: Uses<'store' | 'installation' | 'credentials'>,
  accessKeyId: string,
): Promise<CachedKey | undefined> {
  const cached = app.credentials.keys.get(accessKeyId);
  if (cached) {
    if (await app.credentials.isCurrent(app.store, cached)) return cached;
    app.credentials.keys.delete(accessKeyId);
  }
  if (accountOfIamId(accessKeyId) === undefined) return undefined;
  const row = await app.store.read.first(findAccessKey, { id: accessKeyId });
  if (!row) return undefined;
  const found: CachedKey = {
    secretAccessKey: app.installation.root.unwrap(row.sealed_secret, sealedFor(row.account, row.id)).toString(),
    principal: {
      arn: userArn({ account: row.account, path: row.user_path, name: row.user_name }),
      account: row.account,
      id: row.user_id,
      type: 'User',
      name: row.user_name,
      rights: noRights,
      administrator: row.administrator !== null,
      accessKeyId,
    },
    active: row.active === 1,
    revision: row.revision,
  };
  app.credentials.keys.set(accessKeyId, found);
  return found;
}
