import type { UntagResourceCommandInput as Input, UntagResourceCommandOutput as Output } from '@aws-sdk/client-ecr';
import { keysOfTagNames } from '../../../core/iam/request-context.ts';
import { untagRepository } from '../../../core/repositories/repository-tags.ts';
import { onResource } from './on-resource.ts';

export const untagResource = onResource<'ecr:UntagResource', Input, Output>(
  'ecr:UntagResource',
  async (app, _call, allowed, input) => {
    await untagRepository(app, allowed, input.tagKeys);
    return {};
  },
  (input) => keysOfTagNames(input.tagKeys),
);
