import { bumpAccountRevision } from '../../../store/accounts.ts';
import type { Uses } from '../../app.ts';
import { iamLimitsOf } from '../summary/account-limits.ts';
import type { IamPage, PageRequest } from '../pages.ts';
import { pageOfTags } from '../tags/entity-tags.ts';
import { checkTagKeys, checkTags, readTags, removeTags, writeTags, type IamTag } from '../tags/tags.ts';
import { readPolicyAgain, type OnPolicy } from './managed.ts';

/** Adds tags to a policy; of a key that is there the value is replaced. @throws RegistryError invalidInput, quotaExceeded. */
export async function tagPolicy(
  app: Uses<'store' | 'limits'>,
  on: OnPolicy<'iam:TagPolicy'>,
  tags: readonly IamTag[],
): Promise<void> {
  checkTags(tags);
  await app.store.write(async (tx) => {
    const { id, account } = await readPolicyAgain(tx, on);
    await writeTags(tx, { entity: id, kind: 'Policy', most: (await iamLimitsOf(app, tx, account)).tags }, tags);
    await tx.run(bumpAccountRevision, { account });
  });
}

/** Takes tags away from a policy. @throws RegistryError invalidInput. */
export async function untagPolicy(
  app: Uses<'store'>,
  on: OnPolicy<'iam:UntagPolicy'>,
  keys: readonly string[],
): Promise<void> {
  checkTagKeys(keys);
  await app.store.write(async (tx) => {
    const { id, account } = await readPolicyAgain(tx, on);
    await removeTags(tx, id, keys);
    await tx.run(bumpAccountRevision, { account });
  });
}

/** A page of a policy's tags. Those of AWS have none. */
export async function listPolicyTags(
  app: Uses<'store' | 'pageTokens'>,
  { policy }: OnPolicy<'iam:ListPolicyTags'>,
  page: PageRequest,
): Promise<IamPage<IamTag>> {
  const tags = policy.fromAws ? [] : await readTags(app.store.read, policy.id);
  return pageOfTags(app, policy.id, tags, page);
}
