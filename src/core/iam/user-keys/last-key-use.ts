import { userArn } from '../../../domain/arn.ts';
import { RegistryError } from '../../../domain/errors.ts';
import { findKeyUse } from '../../../store/iam/access-keys.ts';
import type { Call, Uses } from '../../app.ts';
import { allowIam, type Deciding } from '../../authorize.ts';
import type { Use } from '../last-use.ts';
import { readResourceTagKeys } from '../tags/tag-keys.ts';

export interface KeyUse {
  readonly userName: string;
  /** Undefined for a key that was never used. */
  readonly use: Use | undefined;
}

/**
 * When a key was last used. It is decided on the key's user; a key of nobody in the caller's account is refused as one that
 * the caller may not ask about, so that nobody learns which keys there are elsewhere.
 *
 * @throws RegistryError accessDenied.
 */
export async function getLastKeyUse(app: Deciding & Uses<'lastUses'>, call: Call, id: string): Promise<KeyUse> {
  const action = 'iam:GetAccessKeyLastUsed';
  const row = await app.store.read.first(findKeyUse, { id });
  if (row?.account !== call.principal.account) {
    const text = `User: ${call.principal.arn} is not authorized to perform: ${action} on resource: access key ${id}`;
    throw new RegistryError('accessDenied', { text });
  }
  const { account, user_id: user, user_name: name, user_path: path } = row;
  await allowIam(app, call, action, userArn({ account, path, name }), await readResourceTagKeys(app, user, 'user'));
  return { userName: name, use: app.lastUses.latest(id) ?? storedUse(row) };
}

function storedUse(row: {
  last_used_at: number | null;
  last_used_service: string | null;
  last_used_region: string | null;
}): Use | undefined {
  const { last_used_at: time, last_used_service: service, last_used_region: region } = row;
  return time === null || service === null || region === null ? undefined : { time, service, region };
}
