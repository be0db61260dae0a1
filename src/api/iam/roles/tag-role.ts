import type { TagRoleCommandInput as Input, TagRoleCommandOutput as Output } from '@aws-sdk/client-iam';
import { allowEntity } from '../../../core/iam/entities.ts';
import { tagEntity } from '../../../core/iam/tags/entity-tags.ts';
import { requestTagKeys } from '../../../core/iam/tags/tag-keys.ts';
import type { Answer, Operation } from '../../operation.ts';
import { tagsOf } from '../tags.ts';

/** TagRole. */
const tagRole: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { RoleName: name = '', Tags }) => {
    const tags = tagsOf(Tags);
    const on = await allowEntity(app, call, 'iam:TagRole', { kind: 'role', name, keys: requestTagKeys(tags) });
    await tagEntity(app, on, tags);
    return {};
  },
};

export default tagRole;
