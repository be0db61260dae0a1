import type {
  DeleteRolePolicyCommandInput as Input,
  DeleteRolePolicyCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { allowEntity } from '../../../core/iam/entities.ts';
import { deleteInline } from '../../../core/iam/inline/inline-policies.ts';
import type { Answer, Operation } from '../../operation.ts';

/** DeleteRolePolicy. Takes a policy out of a role. */
const deleteRolePolicy: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { RoleName: name = '', PolicyName: policy = '' }) => {
    const on = await allowEntity(app, call, 'iam:DeleteRolePolicy', { kind: 'role', name, boundary: true });
    await deleteInline(app, on, policy);
    return {};
  },
};

export default deleteRolePolicy;
