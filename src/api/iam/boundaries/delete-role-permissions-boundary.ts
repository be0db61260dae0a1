import type {
  DeleteRolePermissionsBoundaryCommandInput as Input,
  DeleteRolePermissionsBoundaryCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { deleteBoundary } from '../../../core/iam/boundaries/boundaries.ts';
import { allowEntity } from '../../../core/iam/entities.ts';
import type { Answer, Operation } from '../../operation.ts';

/** DeleteRolePermissionsBoundary. Takes the boundary away from a role. */
const deleteRolePermissionsBoundary: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { RoleName: name = '' }) => {
    const on = await allowEntity(app, call, 'iam:DeleteRolePermissionsBoundary', {
      kind: 'role',
      name,
      boundary: true,
    });
    await deleteBoundary(app, on);
    return {};
  },
};

export default deleteRolePermissionsBoundary;
