import type { UntagUserCommandInput as Input, UntagUserCommandOutput as Output } from '@aws-sdk/client-iam';
import { allowEntity } from '../../../core/iam/entities.ts';
import { untagEntity } from '../../../core/iam/tags/entity-tags.ts';
import { tagKeys } from '../../../core/iam/tags/tag-keys.ts';
import type { Answer, Operation } from '../../operation.ts';

const untagUser: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { UserName: name = '', TagKeys: keys = [] }) => {
    const on = await allowEntity(app, call, 'iam:UntagUser', { kind: 'user', name, keys: tagKeys(keys) });
    await untagEntity(app, on, keys);
    return {};
  },
};

export default untagUser;
