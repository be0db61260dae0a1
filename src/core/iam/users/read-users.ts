import { getUser as get, listUsers as list, type UserRow } from '../../../store/iam/users.ts';
import type { Uses } from '../../app.ts';
import type { Allowed } from '../../authorize.ts';
import { noSuchEntity, type OnEntity } from '../entities.ts';
import { pageFrom, pathRange, readMarker, type IamPage, type PageRequest } from '../pages.ts';
import { readTags, type IamTag } from '../tags/tags.ts';

export interface UserWithTags {
  readonly user: UserRow;
  readonly tags: readonly IamTag[];
}

/** A user with its tags. @throws RegistryError noSuchEntity. */
export async function getUser(app: Uses<'store'>, { entity }: OnEntity<'iam:GetUser'>): Promise<UserWithTags> {
  const user = await app.store.read.first(get, { id: entity.id });
  if (!user) throw noSuchEntity('user', entity.name);
  return { user, tags: await readTags(app.store.read, user.id) };
}

/** A page of an account's users by name, of those whose path begins with a prefix. */
export async function listUsers(
  app: Uses<'store' | 'pageTokens'>,
  allowed: Allowed<'iam:ListUsers'>,
  { pathPrefix, page }: { pathPrefix?: string | undefined; page: PageRequest },
): Promise<IamPage<UserRow>> {
  const { account } = allowed.registry;
  const scope = `users/${account}`;
  const after = readMarker(app, scope, page);
  const { limit } = page;
  const rows = await app.store.read.all(list, { account, ...pathRange(pathPrefix), after, limit: limit + 1 });
  return pageFrom(app, scope, { rows, limit, keyOf: (user) => user.name_key });
}
