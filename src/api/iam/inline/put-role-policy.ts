import type { PutRolePolicyCommandInput as Input, PutRolePolicyCommandOutput as Output } from '@aws-sdk/client-iam';
import { allowEntity } from '../../../core/iam/entities.ts';
import { putInline } from '../../../core/iam/inline/inline-policies.ts';
import type { Answer, Operation } from '../../operation.ts';

/** PutRolePolicy. Puts a policy into a role, or another document into its place. */
const putRolePolicy: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { RoleName: name = '', PolicyName: policy = '', PolicyDocument: document = '' }) => {
    const on = await allowEntity(app, call, 'iam:PutRolePolicy', { kind: 'role', name, boundary: true });
    await putInline(app, on, { name: policy, document });
    return {};
  },
};

export default putRolePolicy;
