import { listManagedPolicies } from '../../../domain/iam/facts/managed-policies.ts';
import type { Reader } from '../../../store/db.ts';
import { listPolicies as listRows } from '../../../store/iam/policies.ts';
import type { Uses } from '../../app.ts';
import type { Allowed } from '../../authorize.ts';
import { pageFrom, pathRange, readMarker, type IamPage, type PageRequest } from '../pages.ts';
import { policyOfFact, policyOfRow, type ManagedPolicy } from './managed.ts';
import { readAllUsage, unused, type PolicyUsage } from './usage.ts';

export interface PolicyFilter {
  readonly scope: 'All' | 'AWS' | 'Local';
  readonly pathPrefix?: string | undefined;
  /** Only those that a user, group or role holds. */
  readonly onlyAttached: boolean;
  /** Only those that are used so. */
  readonly usage?: 'PermissionsPolicy' | 'PermissionsBoundary' | undefined;
}

export interface ListedPolicy {
  readonly policy: ManagedPolicy;
  readonly usage: PolicyUsage;
}

/** Rows read at once; all of an account's are not held together. */
const chunk = 1000;

/** A page of the managed policies of an account: its own by name, then those of AWS by name. */
export async function listPolicies(
  app: Uses<'store' | 'pageTokens'>,
  allowed: Allowed<'iam:ListPolicies'>,
  { filter, page }: { filter: PolicyFilter; page: PageRequest },
): Promise<IamPage<ListedPolicy>> {
  const { account } = allowed.registry;
  const reader = app.store.read;
  const scope = `policies/${account}`;
  const after = readMarker(app, scope, page);
  const usage = await readAllUsage(reader, account);
  const rows: ListedPolicy[] = [];
  for await (const policy of candidates(reader, account, filter, after)) {
    const listed = { policy, usage: usage.get(policy.arn) ?? unused };
    if (!isWanted(listed, filter)) continue;
    rows.push(listed);
    if (rows.length > page.limit) break;
  }
  return pageFrom(app, scope, { rows, limit: page.limit, keyOf: ({ policy }) => positionOf(policy) });
}

/** Policies of the account stand before those of AWS. */
const positionOf = ({ fromAws, name }: ManagedPolicy): string => `${fromAws ? 'aws' : 'account'}/${name.toLowerCase()}`;

async function* candidates(
  reader: Reader,
  account: string,
  { scope, pathPrefix = '/' }: PolicyFilter,
  after: string,
): AsyncGenerator<ManagedPolicy> {
  if (scope !== 'AWS' && !after.startsWith('aws/')) {
    const paths = pathRange(pathPrefix);
    let name = after.slice('account/'.length);
    for (let full = true; full;) {
      const rows = await reader.all(listRows, { account, ...paths, after: name, limit: chunk });
      for (const row of rows) yield policyOfRow(row);
      name = rows.at(-1)?.name.toLowerCase() ?? '';
      full = rows.length === chunk;
    }
  }
  if (scope === 'Local') return;
  const facts = listManagedPolicies().map(policyOfFact);
  const sorted = facts.toSorted((a, b) => (positionOf(a) < positionOf(b) ? -1 : 1));
  for (const policy of sorted) if (positionOf(policy) > after && policy.path.startsWith(pathPrefix)) yield policy;
}

function isWanted({ usage }: ListedPolicy, filter: PolicyFilter): boolean {
  if (filter.onlyAttached && usage.attachments === 0) return false;
  if (filter.usage === 'PermissionsPolicy') return usage.attachments > 0;
  return filter.usage !== 'PermissionsBoundary' || usage.boundaries > 0;
}
