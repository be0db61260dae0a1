import type { Tag, TagResourceCommandInput as Input, TagResourceCommandOutput as Output } from '@aws-sdk/client-ecr';
import { keysOfTags } from '../../../core/iam/request-context.ts';
import { tagRepository } from '../../../core/repositories/repository-tags.ts';
import { onResource } from './on-resource.ts';

/** An absent key or value counts as an empty one, which core refuses or takes. */
export const tagsIn = (tags: readonly Tag[]): { Key: string; Value: string }[] =>
  tags.map(({ Key = '', Value = '' }) => ({ Key, Value }));

export const tagResource = onResource<'ecr:TagResource', Input, Output>(
  'ecr:TagResource',
  async (app, _call, allowed, input) => {
    await tagRepository(app, allowed, tagsIn(input.tags));
    return {};
  },
  (input) => keysOfTags(tagsIn(input.tags)),
);
