import type {
  PutRolePermissionsBoundaryCommandInput as Input,
  PutRolePermissionsBoundaryCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { putBoundary } from '../../../core/iam/boundaries/boundaries.ts';
import { allowEntity } from '../../../core/iam/entities.ts';
import { checkPolicyArn } from '../../../core/iam/policies/managed.ts';
import type { Answer, Operation } from '../../operation.ts';

/** PutRolePermissionsBoundary. Bounds a role by a managed policy. */
const putRolePermissionsBoundary: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { RoleName: name = '', PermissionsBoundary: policy = '' }) => {
    checkPolicyArn(policy);
    const keys = { 'iam:permissionsboundary': policy };
    const on = await allowEntity(app, call, 'iam:PutRolePermissionsBoundary', { kind: 'role', name, keys });
    await putBoundary(app, on, policy);
    return {};
  },
};

export default putRolePermissionsBoundary;
