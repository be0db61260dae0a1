import { listKeysOfUser, type AccessKeyRow } from '../../../store/iam/access-keys.ts';
import type { Uses } from '../../app.ts';
import type { OnEntity } from '../entities.ts';
import { pageFrom, readMarker, type IamPage, type PageRequest } from '../pages.ts';

/** A page of a user's keys by id; never their secrets. */
export async function listAccessKeys(
  app: Uses<'store' | 'pageTokens'>,
  { entity }: OnEntity<'iam:ListAccessKeys'>,
  page: PageRequest,
): Promise<IamPage<AccessKeyRow>> {
  const scope = `keys of ${entity.id}`;
  const after = readMarker(app, scope, page);
  const { limit } = page;
  const rows = await app.store.read.all(listKeysOfUser, { user: entity.id, after, limit: limit + 1 });
  return pageFrom(app, scope, { rows, limit, keyOf: ({ id }) => id });
}
