import type { CreatePolicyCommandInput as Input, CreatePolicyCommandOutput as Output } from '@aws-sdk/client-iam';
import { allowIam } from '../../../core/authorize.ts';
import { createPolicy as create } from '../../../core/iam/policies/create-policy.ts';
import { unused } from '../../../core/iam/policies/usage.ts';
import { requestTagKeys } from '../../../core/iam/tags/tag-keys.ts';
import { policyArn } from '../../../domain/arn.ts';
import type { Answer, Operation } from '../../operation.ts';
import { showTagsIfAny, tagsOf } from '../tags.ts';
import { describePolicy } from './describe.ts';

/** CreatePolicy. Giving it tags is decided as well, as tagging it would be. */
const createPolicy: Operation<Input, Answer<Output>> = {
  handle: async (app, call, input) => {
    const { PolicyName: name = '', Path: path = '/', PolicyDocument: document = '', Description: description } = input;
    const arn = policyArn({ account: call.principal.account, path, name });
    const tags = tagsOf(input.Tags);
    const keys = requestTagKeys(tags);
    const allowed = await allowIam(app, call, 'iam:CreatePolicy', arn, keys);
    if (tags.length > 0) await allowIam(app, call, 'iam:TagPolicy', arn, keys);
    const policy = await create(app, call, allowed, { name, path, document, description, tags });
    return { Policy: { ...describePolicy(policy, unused), Tags: showTagsIfAny(tags) } };
  },
};

export default createPolicy;
