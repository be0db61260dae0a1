import type {
  DeleteGroupPolicyCommandInput as Input,
  DeleteGroupPolicyCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { allowEntity } from '../../../core/iam/entities.ts';
import { deleteInline } from '../../../core/iam/inline/inline-policies.ts';
import type { Answer, Operation } from '../../operation.ts';

/** DeleteGroupPolicy. Takes a policy out of a group. */
const deleteGroupPolicy: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { GroupName: name = '', PolicyName: policy = '' }) => {
    const on = await allowEntity(app, call, 'iam:DeleteGroupPolicy', { kind: 'group', name });
    await deleteInline(app, on, policy);
    return {};
  },
};

export default deleteGroupPolicy;
