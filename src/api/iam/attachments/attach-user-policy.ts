import type {
  AttachUserPolicyCommandInput as Input,
  AttachUserPolicyCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { attachPolicy as attach } from '../../../core/iam/attachments/attachments.ts';
import { allowEntity } from '../../../core/iam/entities.ts';
import { checkPolicyArn } from '../../../core/iam/policies/managed.ts';
import type { Answer, Operation } from '../../operation.ts';

/** AttachUserPolicy. Attaches a managed policy to a user. */
const attachUserPolicy: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { UserName: name = '', PolicyArn: policy = '' }) => {
    checkPolicyArn(policy);
    const keys = { 'iam:policyarn': policy };
    const on = await allowEntity(app, call, 'iam:AttachUserPolicy', { kind: 'user', name, keys, boundary: true });
    await attach(app, on, policy);
    return {};
  },
};

export default attachUserPolicy;
