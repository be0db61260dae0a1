import { listTags } from '../../../store/iam/tags.ts';
import type { Uses } from '../../app.ts';
import type { ContextKeys } from '../../authorize.ts';
import type { IamTag } from './tags.ts';

/** `aws:ResourceTag/…` of a user, role or policy; of users and roles also in IAM's own spelling (iam-actions.json). */
export async function readResourceTagKeys(
  app: Uses<'store'>,
  entity: string,
  kind: 'user' | 'role' | 'policy',
): Promise<ContextKeys> {
  const rows = await app.store.read.all(listTags, { entity });
  const prefixes = kind === 'policy' ? ['aws:resourcetag/'] : ['aws:resourcetag/', 'iam:resourcetag/'];
  return Object.fromEntries(
    rows.flatMap(({ name_key: key, value }) => prefixes.map((prefix) => [prefix + key, value] as const)),
  );
}

/** `aws:RequestTag/…` and `aws:TagKeys` of tags that a request brings; nothing where it brings none. */
export function requestTagKeys(tags: readonly IamTag[] | undefined): ContextKeys {
  if (!tags?.length) return {};
  const values = tags.map(({ key, value }) => [`aws:requesttag/${key.toLowerCase()}`, value] as const);
  return { ...Object.fromEntries(values), ...tagKeys(tags.map(({ key }) => key)) };
}

/** `aws:TagKeys` alone. */
export const tagKeys = (keys: readonly string[]): ContextKeys => (keys.length > 0 ? { 'aws:tagkeys': keys } : {});
