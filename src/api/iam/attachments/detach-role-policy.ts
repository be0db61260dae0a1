import type {
  DetachRolePolicyCommandInput as Input,
  DetachRolePolicyCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { detachPolicy as detach } from '../../../core/iam/attachments/attachments.ts';
import { allowEntity } from '../../../core/iam/entities.ts';
import { checkPolicyArn } from '../../../core/iam/policies/managed.ts';
import type { Answer, Operation } from '../../operation.ts';

/** DetachRolePolicy. Takes a managed policy away from a role. */
const detachRolePolicy: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { RoleName: name = '', PolicyArn: policy = '' }) => {
    checkPolicyArn(policy);
    const keys = { 'iam:policyarn': policy };
    const on = await allowEntity(app, call, 'iam:DetachRolePolicy', { kind: 'role', name, keys, boundary: true });
    await detach(app, on, policy);
    return {};
  },
};

export default detachRolePolicy;
