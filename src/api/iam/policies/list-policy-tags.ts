import type { ListPolicyTagsCommandInput as Input, ListPolicyTagsCommandOutput as Output } from '@aws-sdk/client-iam';
import { allowPolicy } from '../../../core/iam/policies/managed.ts';
import { listPolicyTags as list } from '../../../core/iam/policies/policy-tags.ts';
import type { Answer, Operation } from '../../operation.ts';
import { pageEnd, pageOf } from '../pages.ts';
import { showTags } from '../tags.ts';

/** ListPolicyTags. */
const listPolicyTags: Operation<Input, Answer<Output>> = {
  handle: async (app, call, input) => {
    const on = await allowPolicy(app, call, 'iam:ListPolicyTags', { arn: input.PolicyArn ?? '' });
    const page = await list(app, on, pageOf(input));
    return { Tags: showTags(page.entries), ...pageEnd(page) };
  },
};

export default listPolicyTags;
