import type { Tag } from '@aws-sdk/client-iam';
import type { IamTag } from '../../core/iam/tags/tags.ts';

/** Tags as a request brings them. */
export const tagsOf = (tags: readonly Tag[] | undefined): IamTag[] =>
  (tags ?? []).map(({ Key = '', Value = '' }) => ({ key: Key, value: Value }));

export const showTags = (tags: readonly IamTag[]): Tag[] => tags.map(({ key, value }) => ({ Key: key, Value: value }));

/** Left out where there are none, as IAM does beside other members. */
export const showTagsIfAny = (tags: readonly IamTag[]): Tag[] | undefined =>
  tags.length > 0 ? showTags(tags) : undefined;
