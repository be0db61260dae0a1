import type { PutGroupPolicyCommandInput as Input, PutGroupPolicyCommandOutput as Output } from '@aws-sdk/client-iam';
import { allowEntity } from '../../../core/iam/entities.ts';
import { putInline } from '../../../core/iam/inline/inline-policies.ts';
import type { Answer, Operation } from '../../operation.ts';

/** PutGroupPolicy. Puts a policy into a group, or another document into its place. */
const putGroupPolicy: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { GroupName: name = '', PolicyName: policy = '', PolicyDocument: document = '' }) => {
    const on = await allowEntity(app, call, 'iam:PutGroupPolicy', { kind: 'group', name });
    await putInline(app, on, { name: policy, document });
    return {};
  },
};

export default putGroupPolicy;
