import {
  getGroup as get,
  listGroups as list,
  listGroupsOfUser,
  listUsersOfGroup,
  type GroupRow,
} from '../../../store/iam/groups.ts';
import type { UserRow } from '../../../store/iam/users.ts';
import type { Uses } from '../../app.ts';
import type { Allowed } from '../../authorize.ts';
import { noSuchEntity, type OnEntity } from '../entities.ts';
import { pageFrom, pathRange, readMarker, type IamPage, type PageRequest } from '../pages.ts';

export interface GroupWithUsers {
  readonly group: GroupRow;
  readonly users: IamPage<UserRow>;
}

/** A group with a page of its users by name. @throws RegistryError noSuchEntity. */
export async function getGroup(
  app: Uses<'store' | 'pageTokens'>,
  { entity }: OnEntity<'iam:GetGroup'>,
  page: PageRequest,
): Promise<GroupWithUsers> {
  const group = await app.store.read.first(get, { id: entity.id });
  if (!group) throw noSuchEntity('group', entity.name);
  const scope = `users of ${group.id}`;
  const after = readMarker(app, scope, page);
  const { limit } = page;
  const rows = await app.store.read.all(listUsersOfGroup, { group: group.id, after, limit: limit + 1 });
  return { group, users: pageFrom(app, scope, { rows, limit, keyOf: (user) => user.name_key }) };
}

/** A page of an account's groups by name, of those whose path begins with a prefix. */
export async function listGroups(
  app: Uses<'store' | 'pageTokens'>,
  allowed: Allowed<'iam:ListGroups'>,
  { pathPrefix, page }: { pathPrefix?: string | undefined; page: PageRequest },
): Promise<IamPage<GroupRow>> {
  const { account } = allowed.registry;
  const scope = `groups/${account}`;
  const after = readMarker(app, scope, page);
  const { limit } = page;
  const rows = await app.store.read.all(list, { account, ...pathRange(pathPrefix), after, limit: limit + 1 });
  return pageFrom(app, scope, { rows, limit, keyOf: (group) => group.name_key });
}

/** A page of the groups that a user is in, by name. */
export async function listGroupsForUser(
  app: Uses<'store' | 'pageTokens'>,
  { entity }: OnEntity<'iam:ListGroupsForUser'>,
  page: PageRequest,
): Promise<IamPage<GroupRow>> {
  const scope = `groups of ${entity.id}`;
  const after = readMarker(app, scope, page);
  const { limit } = page;
  const rows = await app.store.read.all(listGroupsOfUser, { user: entity.id, after, limit: limit + 1 });
  return pageFrom(app, scope, { rows, limit, keyOf: (group) => group.name_key });
}
