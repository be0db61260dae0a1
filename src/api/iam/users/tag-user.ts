import type { TagUserCommandInput as Input, TagUserCommandOutput as Output } from '@aws-sdk/client-iam';
import { allowEntity } from '../../../core/iam/entities.ts';
import { tagEntity } from '../../../core/iam/tags/entity-tags.ts';
import { requestTagKeys } from '../../../core/iam/tags/tag-keys.ts';
import type { Answer, Operation } from '../../operation.ts';
import { tagsOf } from '../tags.ts';

const tagUser: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { UserName: name = '', Tags }) => {
    const tags = tagsOf(Tags);
    const on = await allowEntity(app, call, 'iam:TagUser', { kind: 'user', name, keys: requestTagKeys(tags) });
    await tagEntity(app, on, tags);
    return {};
  },
};

export default tagUser;
