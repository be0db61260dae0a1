import type { GetPolicyCommandInput as Input, GetPolicyCommandOutput as Output } from '@aws-sdk/client-iam';
import { allowPolicy } from '../../../core/iam/policies/managed.ts';
import { readPolicy } from '../../../core/iam/policies/read-policy.ts';
import type { Answer, Operation } from '../../operation.ts';
import { showTags } from '../tags.ts';
import { describePolicy } from './describe.ts';

/** GetPolicy. Of AWS's policies the uses in the caller's account are counted. */
const getPolicy: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { PolicyArn: arn = '' }) => {
    const on = await allowPolicy(app, call, 'iam:GetPolicy', { arn });
    const { policy, usage, tags } = await readPolicy(app, on);
    const { description: Description } = policy;
    return { Policy: { ...describePolicy(policy, usage), Description, Tags: showTags(tags) } };
  },
};

export default getPolicy;
