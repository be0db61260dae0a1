import { parsePolicyArn } from '../../../domain/arn.ts';
import { RegistryError } from '../../../domain/errors.ts';
import { bumpAccountRevision } from '../../../store/accounts.ts';
import { deleteAttachment, listAttachments, putAttachment } from '../../../store/iam/attachments.ts';
import type { Uses } from '../../app.ts';
import { iamLimitsOf } from '../summary/account-limits.ts';
import { readAgain, type EntityKind, type OnEntity } from '../entities.ts';
import type { IamLimits } from '../summary/limits.ts';
import { pageOfWhole, type IamPage, type PageRequest } from '../pages.ts';
import { policyNotFound, requireAttachable } from '../policies/managed.ts';

type AttachAction = 'iam:AttachUserPolicy' | 'iam:AttachGroupPolicy' | 'iam:AttachRolePolicy';
type DetachAction = 'iam:DetachUserPolicy' | 'iam:DetachGroupPolicy' | 'iam:DetachRolePolicy';
type ListAction = 'iam:ListAttachedUserPolicies' | 'iam:ListAttachedGroupPolicies' | 'iam:ListAttachedRolePolicies';

const quotaOf = (limits: IamLimits, kind: EntityKind): readonly [name: string, most: number] =>
  ({
    user: ['PoliciesPerUser', limits.policiesPerUser],
    group: ['PoliciesPerGroup', limits.policiesPerGroup],
    role: ['PoliciesPerRole', limits.policiesPerRole],
  })[kind] as [string, number];

/**
 * Attaches a managed policy; one that is attached already stays so. It counts at once.
 *
 * @throws RegistryError noSuchEntity, policyNotAttachable, quotaExceeded.
 */
export async function attachPolicy(
  app: Uses<'store' | 'limits'>,
  { allowed, entity }: OnEntity<AttachAction>,
  policy: string,
): Promise<void> {
  const { account } = allowed.registry;
  const [quota, most] = quotaOf(await iamLimitsOf(app, app.store.read, account), entity.kind);
  await app.store.write(async (tx) => {
    const { id } = await readAgain(tx, entity);
    await requireAttachable(tx, account, policy);
    const held = await tx.all(listAttachments, { entity: id });
    if (held.some((one) => one.policy === policy)) return;
    if (held.length >= most)
      throw new RegistryError('quotaExceeded', { text: `Cannot exceed quota for ${quota}: ${most}` });
    await tx.run(putAttachment, { entity: id, policy, account });
    await tx.run(bumpAccountRevision, { account });
  });
}

/** Detaches a managed policy; it counts no longer at once. @throws RegistryError noSuchEntity where it was not attached. */
export async function detachPolicy(
  app: Uses<'store'>,
  { allowed, entity }: OnEntity<DetachAction>,
  policy: string,
): Promise<void> {
  await app.store.write(async (tx) => {
    const { id } = await readAgain(tx, entity);
    if ((await tx.run(deleteAttachment, { entity: id, policy })) === 0) throw policyNotFound(policy);
    await tx.run(bumpAccountRevision, { account: allowed.registry.account });
  });
}

export interface AttachedPolicy {
  readonly arn: string;
  readonly name: string;
}

/** A page of the managed policies that a user, group or role holds: the account's own by name, then those of AWS. */
export async function listAttachedPolicies(
  app: Uses<'store' | 'pageTokens'>,
  { entity }: OnEntity<ListAction>,
  { pathPrefix = '/', page }: { pathPrefix?: string | undefined; page: PageRequest },
): Promise<IamPage<AttachedPolicy>> {
  const held = await app.store.read.all(listAttachments, { entity: entity.id });
  const rows = held
    .flatMap(({ policy: arn }) => {
      const named = parsePolicyArn(arn);
      return named?.path.startsWith(pathPrefix) ? [{ arn, ...named }] : [];
    })
    .map(({ arn, name, account }) => ({ arn, name, place: `${account}/${name.toLowerCase()}` }))
    .toSorted((a, b) => (a.place < b.place ? -1 : 1));
  const keyOf = ({ place }: { place: string }): string => place;
  return pageOfWhole(app, `attached/${entity.id}`, { rows, page, keyOf });
}
