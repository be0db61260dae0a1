import type {
  ListTagsForResourceCommandInput as Input,
  ListTagsForResourceCommandOutput as Output,
} from '@aws-sdk/client-ecr';
import { listTagsOfRepository } from '../../../core/repositories/repository-tags.ts';
import { onResource } from './on-resource.ts';

export const listTagsForResource = onResource<'ecr:ListTagsForResource', Input, Output>(
  'ecr:ListTagsForResource',
  async (app, _call, allowed) => {
    return { tags: await listTagsOfRepository(app, allowed) };
  },
);
