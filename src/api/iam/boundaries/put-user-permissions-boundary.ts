import type {
  PutUserPermissionsBoundaryCommandInput as Input,
  PutUserPermissionsBoundaryCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { putBoundary } from '../../../core/iam/boundaries/boundaries.ts';
import { allowEntity } from '../../../core/iam/entities.ts';
import { checkPolicyArn } from '../../../core/iam/policies/managed.ts';
import type { Answer, Operation } from '../../operation.ts';

/** PutUserPermissionsBoundary. Bounds a user by a managed policy. */
const putUserPermissionsBoundary: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { UserName: name = '', PermissionsBoundary: policy = '' }) => {
    checkPolicyArn(policy);
    const keys = { 'iam:permissionsboundary': policy };
    const on = await allowEntity(app, call, 'iam:PutUserPermissionsBoundary', { kind: 'user', name, keys });
    await putBoundary(app, on, policy);
    return {};
  },
};

export default putUserPermissionsBoundary;
