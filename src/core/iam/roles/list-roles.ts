import { listRoles as listRows, type RoleRow } from '../../../store/iam/roles.ts';
import type { Uses } from '../../app.ts';
import type { Allowed } from '../../authorize.ts';
import { pageFrom, pathRange, readMarker, type IamPage, type PageRequest } from '../pages.ts';
import { showTrust } from './trust.ts';

export interface ListedRole {
  readonly row: RoleRow;
  readonly trust: string;
}

/** A page of an account's roles, by name. */
export async function listRoles(
  app: Uses<'store' | 'pageTokens'>,
  allowed: Allowed<'iam:ListRoles'>,
  { pathPrefix, page }: { pathPrefix?: string | undefined; page: PageRequest },
): Promise<IamPage<ListedRole>> {
  const { account } = allowed.registry;
  const scope = `roles/${account}`;
  const reader = app.store.read;
  const after = readMarker(app, scope, page);
  const rows = await reader.all(listRows, { account, ...pathRange(pathPrefix), after, limit: page.limit + 1 });
  const keyOf = ({ name }: RoleRow): string => name.toLowerCase();
  const { entries, marker } = pageFrom(app, scope, { rows, limit: page.limit, keyOf });
  return {
    entries: await Promise.all(entries.map(async (row) => ({ row, trust: await showTrust(reader, row) }))),
    marker,
  };
}
