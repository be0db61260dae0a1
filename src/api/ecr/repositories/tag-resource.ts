import type { TagResourceCommandInput as Input, TagResourceCommandOutput as Output } from '@aws-sdk/client-ecr';
import { tagRepository } from '../../../core/repositories/repository-tags.ts';
import { onResource } from './on-resource.ts';

export const tagResource = onResource<'ecr:TagResource', Input, Output>(
  'ecr:TagResource',
  async (app, _call, allowed, input) => {
    await tagRepository(
      app,
      allowed,
      input.tags.map(({ Key = '', Value = '' }) => ({ Key, Value })),
    );
    return {};
  },
);
