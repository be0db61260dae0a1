import type { DeletePolicyCommandInput as Input, DeletePolicyCommandOutput as Output } from '@aws-sdk/client-iam';
import { deletePolicy as remove } from '../../../core/iam/policies/delete-policy.ts';
import { allowPolicyChange } from '../../../core/iam/policies/managed.ts';
import type { Answer, Operation } from '../../operation.ts';

/** DeletePolicy. */
const deletePolicy: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { PolicyArn: arn = '' }) => {
    await remove(app, await allowPolicyChange(app, call, 'iam:DeletePolicy', { arn }));
    return {};
  },
};

export default deletePolicy;
