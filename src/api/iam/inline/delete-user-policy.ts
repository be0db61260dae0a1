import type {
  DeleteUserPolicyCommandInput as Input,
  DeleteUserPolicyCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { allowEntity } from '../../../core/iam/entities.ts';
import { deleteInline } from '../../../core/iam/inline/inline-policies.ts';
import type { Answer, Operation } from '../../operation.ts';

/** DeleteUserPolicy. Takes a policy out of a user. */
const deleteUserPolicy: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { UserName: name = '', PolicyName: policy = '' }) => {
    const on = await allowEntity(app, call, 'iam:DeleteUserPolicy', { kind: 'user', name, boundary: true });
    await deleteInline(app, on, policy);
    return {};
  },
};

export default deleteUserPolicy;
