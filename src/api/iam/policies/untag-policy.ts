import type { UntagPolicyCommandInput as Input, UntagPolicyCommandOutput as Output } from '@aws-sdk/client-iam';
import { allowPolicyChange } from '../../../core/iam/policies/managed.ts';
import { untagPolicy as untag } from '../../../core/iam/policies/policy-tags.ts';
import { tagKeys } from '../../../core/iam/tags/tag-keys.ts';
import type { Answer, Operation } from '../../operation.ts';

/** UntagPolicy. */
const untagPolicy: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { PolicyArn: arn = '', TagKeys: keys = [] }) => {
    const on = await allowPolicyChange(app, call, 'iam:UntagPolicy', { arn, keys: tagKeys(keys) });
    await untag(app, on, keys);
    return {};
  },
};

export default untagPolicy;
