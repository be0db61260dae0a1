import type { PutUserPolicyCommandInput as Input, PutUserPolicyCommandOutput as Output } from '@aws-sdk/client-iam';
import { allowEntity } from '../../../core/iam/entities.ts';
import { putInline } from '../../../core/iam/inline/inline-policies.ts';
import type { Answer, Operation } from '../../operation.ts';

/** PutUserPolicy. Puts a policy into a user, or another document into its place. */
const putUserPolicy: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { UserName: name = '', PolicyName: policy = '', PolicyDocument: document = '' }) => {
    const on = await allowEntity(app, call, 'iam:PutUserPolicy', { kind: 'user', name, boundary: true });
    await putInline(app, on, { name: policy, document });
    return {};
  },
};

export default putUserPolicy;
