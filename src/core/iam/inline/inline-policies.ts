import { RegistryError } from '../../../domain/errors.ts';
import { checkIdentityPolicy } from '../../../domain/iam/documents/identity-policy.ts';
import { bumpAccountRevision } from '../../../store/accounts.ts';
import {
  deleteInlinePolicy,
  findInlinePolicy,
  listInlinePolicies,
  listInlinePolicyNames,
  putInlinePolicy,
} from '../../../store/iam/inline-policies.ts';
import type { Uses } from '../../app.ts';
import { iamLimitsOf } from '../summary/account-limits.ts';
import { readAgain, type Entity, type OnEntity } from '../entities.ts';
import { pageFrom, readMarker, type IamPage, type PageRequest } from '../pages.ts';
import { checkInlineSize } from '../policies/document-size.ts';

type PutAction = 'iam:PutUserPolicy' | 'iam:PutGroupPolicy' | 'iam:PutRolePolicy';
type GetAction = 'iam:GetUserPolicy' | 'iam:GetGroupPolicy' | 'iam:GetRolePolicy';
type DeleteAction = 'iam:DeleteUserPolicy' | 'iam:DeleteGroupPolicy' | 'iam:DeleteRolePolicy';
type ListAction = 'iam:ListUserPolicies' | 'iam:ListGroupPolicies' | 'iam:ListRolePolicies';

export interface InlinePolicy {
  readonly name: string;
  readonly document: string;
}

const noSuchPolicy = ({ kind }: Entity, name: string): RegistryError =>
  new RegistryError('noSuchEntity', { text: `The ${kind} policy with name ${name} cannot be found.` });

/** Puts a policy into a user, group or role, or another document into its place. @throws RegistryError malformedPolicyDocument, quotaExceeded. */
export async function putInline(
  app: Uses<'store' | 'limits'>,
  { entity }: OnEntity<PutAction>,
  { name, document }: InlinePolicy,
): Promise<void> {
  checkIdentityPolicy(document, 'inline');
  const nameKey = name.toLowerCase();
  await app.store.write(async (tx) => {
    const { id, account } = await readAgain(tx, entity);
    const others = (await tx.all(listInlinePolicies, { entity: id })).filter(({ name_key: key }) => key !== nameKey);
    checkInlineSize([...others.map((one) => one.document), document], entity, await iamLimitsOf(app, tx, account));
    await tx.run(putInlinePolicy, { entity: id, nameKey, name, document });
    await tx.run(bumpAccountRevision, { account });
  });
}

/** The policy with its document as it was sent. @throws RegistryError noSuchEntity. */
export async function readInline(
  app: Uses<'store'>,
  { entity }: OnEntity<GetAction>,
  name: string,
): Promise<InlinePolicy> {
  const row = await app.store.read.first(findInlinePolicy, { entity: entity.id, nameKey: name.toLowerCase() });
  if (!row) throw noSuchPolicy(entity, name);
  return row;
}

/** @throws RegistryError noSuchEntity. */
export async function deleteInline(
  app: Uses<'store'>,
  { entity }: OnEntity<DeleteAction>,
  name: string,
): Promise<void> {
  await app.store.write(async (tx) => {
    const { id, account } = await readAgain(tx, entity);
    const gone = await tx.run(deleteInlinePolicy, { entity: id, nameKey: name.toLowerCase() });
    if (gone === 0) throw noSuchPolicy(entity, name);
    await tx.run(bumpAccountRevision, { account });
  });
}

/** A page of the names of the policies inside a user, group or role. */
export async function listInline(
  app: Uses<'store' | 'pageTokens'>,
  { entity }: OnEntity<ListAction>,
  page: PageRequest,
): Promise<IamPage<string>> {
  const scope = `inline/${entity.id}`;
  const after = readMarker(app, scope, page);
  const asked = { entity: entity.id, after, limit: page.limit + 1 };
  const rows = await app.store.read.all(listInlinePolicyNames, asked);
  const { entries, marker } = pageFrom(app, scope, { rows, limit: page.limit, keyOf: (row) => row.name_key });
  return { entries: entries.map(({ name }) => name), marker };
}
