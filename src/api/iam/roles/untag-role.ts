import type { UntagRoleCommandInput as Input, UntagRoleCommandOutput as Output } from '@aws-sdk/client-iam';
import { allowEntity } from '../../../core/iam/entities.ts';
import { untagEntity } from '../../../core/iam/tags/entity-tags.ts';
import { tagKeys } from '../../../core/iam/tags/tag-keys.ts';
import type { Answer, Operation } from '../../operation.ts';

/** UntagRole. */
const untagRole: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { RoleName: name = '', TagKeys: keys = [] }) => {
    const on = await allowEntity(app, call, 'iam:UntagRole', { kind: 'role', name, keys: tagKeys(keys) });
    await untagEntity(app, on, keys);
    return {};
  },
};

export default untagRole;
