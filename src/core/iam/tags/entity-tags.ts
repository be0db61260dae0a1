import { bumpAccountRevision } from '../../../store/accounts.ts';
import type { Uses } from '../../app.ts';
import { iamLimitsOf } from '../summary/account-limits.ts';
import { readAgain, type Entity, type OnEntity } from '../entities.ts';
import { pageOfWhole, type IamPage, type PageRequest } from '../pages.ts';
import { checkTagKeys, checkTags, readTags, removeTags, writeTags, type IamTag } from './tags.ts';

const kindOf = ({ kind }: Entity): 'User' | 'Role' => (kind === 'user' ? 'User' : 'Role');

/** Adds tags to a user or role; of a key that is there the value is replaced. @throws RegistryError invalidInput, quotaExceeded. */
export async function tagEntity(
  app: Uses<'store' | 'limits'>,
  { entity }: OnEntity<'iam:TagUser' | 'iam:TagRole'>,
  tags: readonly IamTag[],
): Promise<void> {
  checkTags(tags);
  await app.store.write(async (tx) => {
    const { id, account } = await readAgain(tx, entity);
    await writeTags(tx, { entity: id, kind: kindOf(entity), most: (await iamLimitsOf(app, tx, account)).tags }, tags);
    await tx.run(bumpAccountRevision, { account });
  });
}

/** Takes tags away from a user or role. @throws RegistryError invalidInput. */
export async function untagEntity(
  app: Uses<'store'>,
  { entity }: OnEntity<'iam:UntagUser' | 'iam:UntagRole'>,
  keys: readonly string[],
): Promise<void> {
  checkTagKeys(keys);
  await app.store.write(async (tx) => {
    const { id, account } = await readAgain(tx, entity);
    await removeTags(tx, id, keys);
    await tx.run(bumpAccountRevision, { account });
  });
}

/** A page of the tags of a user or role, by key. */
export async function listEntityTags(
  app: Uses<'store' | 'pageTokens'>,
  { entity }: OnEntity<'iam:ListUserTags' | 'iam:ListRoleTags'>,
  page: PageRequest,
): Promise<IamPage<IamTag>> {
  return pageOfTags(app, entity.id, await readTags(app.store.read, entity.id), page);
}

/** A marker says how many tags were shown: a key may be longer than a marker (IAM API: 320 characters). */
export function pageOfTags(
  app: Uses<'pageTokens'>,
  entity: string,
  tags: readonly IamTag[],
  page: PageRequest,
): IamPage<IamTag> {
  const rows = tags.map((tag, place) => ({ tag, place: String(place).padStart(9, '0') }));
  const { entries, marker } = pageOfWhole(app, `tags/${entity}`, { rows, page, keyOf: ({ place }) => place });
  return { entries: entries.map(({ tag }) => tag), marker };
}
