import type {
  AttachRolePolicyCommandInput as Input,
  AttachRolePolicyCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { attachPolicy as attach } from '../../../core/iam/attachments/attachments.ts';
import { allowEntity } from '../../../core/iam/entities.ts';
import { checkPolicyArn } from '../../../core/iam/policies/managed.ts';
import type { Answer, Operation } from '../../operation.ts';

/** AttachRolePolicy. Attaches a managed policy to a role. */
const attachRolePolicy: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { RoleName: name = '', PolicyArn: policy = '' }) => {
    checkPolicyArn(policy);
    const keys = { 'iam:policyarn': policy };
    const on = await allowEntity(app, call, 'iam:AttachRolePolicy', { kind: 'role', name, keys, boundary: true });
    await attach(app, on, policy);
    return {};
  },
};

export default attachRolePolicy;
