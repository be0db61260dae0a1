import { listGroupsWithPolicy, listRolesWithPolicy, listUsersWithPolicy } from '../../../store/iam/entities.ts';
import type { Uses } from '../../app.ts';
import type { EntityKind } from '../entities.ts';
import { pageFrom, pathRange, readMarker, type IamPage, type PageRequest } from '../pages.ts';
import type { OnPolicy } from './managed.ts';

export interface Holder {
  readonly kind: EntityKind;
  readonly id: string;
  readonly name: string;
}

export interface HolderFilter {
  /** All kinds where undefined. */
  readonly kind?: EntityKind | 'none' | undefined;
  readonly pathPrefix?: string | undefined;
  readonly usage?: 'PermissionsPolicy' | 'PermissionsBoundary' | undefined;
}

/** In the order in which they are listed; a position is the place of the kind and the id. */
const kinds = ['group', 'role', 'user'] as const;

/** A page of the groups, roles and users of the caller's account that hold a policy or are bounded by it. */
export async function listHolders(
  app: Uses<'store' | 'pageTokens'>,
  { allowed, policy }: OnPolicy<'iam:ListEntitiesForPolicy'>,
  { filter, page }: { filter: HolderFilter; page: PageRequest },
): Promise<IamPage<Holder>> {
  const { account } = allowed.registry;
  const scope = `holders/${account}/${policy.id}`;
  const [afterKind = '', afterId = ''] = readMarker(app, scope, page).split('/');
  const usage = {
    attached: filter.usage === 'PermissionsBoundary' ? '' : policy.arn,
    boundary: filter.usage === 'PermissionsPolicy' ? '' : policy.arn,
  };
  const rows: Holder[] = [];
  for (const kind of kinds) {
    if (kind < afterKind || (filter.kind !== undefined && filter.kind !== kind)) continue;
    const after = kind === afterKind ? afterId : '';
    const limit = page.limit + 1 - rows.length;
    const asked = { account, ...usage, ...pathRange(filter.pathPrefix), after, limit };
    const found = await (kind === 'group'
      ? app.store.read.all(listGroupsWithPolicy, asked)
      : app.store.read.all(kind === 'user' ? listUsersWithPolicy : listRolesWithPolicy, asked));
    rows.push(...found.map(({ id, name }) => ({ kind, id, name })));
  }
  return pageFrom(app, scope, { rows, limit: page.limit, keyOf: ({ kind, id }) => `${kind}/${id}` });
}
