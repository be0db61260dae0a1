import type {
  ListPolicyVersionsCommandInput as Input,
  ListPolicyVersionsCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { allowPolicy } from '../../../core/iam/policies/managed.ts';
import { listPolicyVersions as list } from '../../../core/iam/policies/versions.ts';
import type { Answer, Operation } from '../../operation.ts';
import { pageEnd, pageOf } from '../pages.ts';
import { describeVersion } from './describe.ts';

/** ListPolicyVersions. Of a policy of AWS only the default version is known. */
const listPolicyVersions: Operation<Input, Answer<Output>> = {
  handle: async (app, call, input) => {
    const on = await allowPolicy(app, call, 'iam:ListPolicyVersions', { arn: input.PolicyArn ?? '' });
    const page = await list(app, on, pageOf(input));
    return { Versions: page.entries.map(describeVersion), ...pageEnd(page) };
  },
};

export default listPolicyVersions;
