import type {
  DetachGroupPolicyCommandInput as Input,
  DetachGroupPolicyCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { detachPolicy as detach } from '../../../core/iam/attachments/attachments.ts';
import { allowEntity } from '../../../core/iam/entities.ts';
import { checkPolicyArn } from '../../../core/iam/policies/managed.ts';
import type { Answer, Operation } from '../../operation.ts';

/** DetachGroupPolicy. Takes a managed policy away from a group. */
const detachGroupPolicy: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { GroupName: name = '', PolicyArn: policy = '' }) => {
    checkPolicyArn(policy);
    const keys = { 'iam:policyarn': policy };
    const on = await allowEntity(app, call, 'iam:DetachGroupPolicy', { kind: 'group', name, keys });
    await detach(app, on, policy);
    return {};
  },
};

export default detachGroupPolicy;
