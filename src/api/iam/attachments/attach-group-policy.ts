import type {
  AttachGroupPolicyCommandInput as Input,
  AttachGroupPolicyCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { attachPolicy as attach } from '../../../core/iam/attachments/attachments.ts';
import { allowEntity } from '../../../core/iam/entities.ts';
import { checkPolicyArn } from '../../../core/iam/policies/managed.ts';
import type { Answer, Operation } from '../../operation.ts';

/** AttachGroupPolicy. Attaches a managed policy to a group. */
const attachGroupPolicy: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { GroupName: name = '', PolicyArn: policy = '' }) => {
    checkPolicyArn(policy);
    const keys = { 'iam:policyarn': policy };
    const on = await allowEntity(app, call, 'iam:AttachGroupPolicy', { kind: 'group', name, keys });
    await attach(app, on, policy);
    return {};
  },
};

export default attachGroupPolicy;
