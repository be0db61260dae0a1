import type {
  DetachUserPolicyCommandInput as Input,
  DetachUserPolicyCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { detachPolicy as detach } from '../../../core/iam/attachments/attachments.ts';
import { allowEntity } from '../../../core/iam/entities.ts';
import { checkPolicyArn } from '../../../core/iam/policies/managed.ts';
import type { Answer, Operation } from '../../operation.ts';

/** DetachUserPolicy. Takes a managed policy away from a user. */
const detachUserPolicy: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { UserName: name = '', PolicyArn: policy = '' }) => {
    checkPolicyArn(policy);
    const keys = { 'iam:policyarn': policy };
    const on = await allowEntity(app, call, 'iam:DetachUserPolicy', { kind: 'user', name, keys, boundary: true });
    await detach(app, on, policy);
    return {};
  },
};

export default detachUserPolicy;
