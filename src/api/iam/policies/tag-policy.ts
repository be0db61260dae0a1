import type { TagPolicyCommandInput as Input, TagPolicyCommandOutput as Output } from '@aws-sdk/client-iam';
import { allowPolicyChange } from '../../../core/iam/policies/managed.ts';
import { tagPolicy as tag } from '../../../core/iam/policies/policy-tags.ts';
import { requestTagKeys } from '../../../core/iam/tags/tag-keys.ts';
import type { Answer, Operation } from '../../operation.ts';
import { tagsOf } from '../tags.ts';

/** TagPolicy. */
const tagPolicy: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { PolicyArn: arn = '', Tags }) => {
    const tags = tagsOf(Tags);
    const on = await allowPolicyChange(app, call, 'iam:TagPolicy', { arn, keys: requestTagKeys(tags) });
    await tag(app, on, tags);
    return {};
  },
};

export default tagPolicy;
