import type {
  DeleteUserPermissionsBoundaryCommandInput as Input,
  DeleteUserPermissionsBoundaryCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { deleteBoundary } from '../../../core/iam/boundaries/boundaries.ts';
import { allowEntity } from '../../../core/iam/entities.ts';
import type { Answer, Operation } from '../../operation.ts';

/** DeleteUserPermissionsBoundary. Takes the boundary away from a user. */
const deleteUserPermissionsBoundary: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { UserName: name = '' }) => {
    const on = await allowEntity(app, call, 'iam:DeleteUserPermissionsBoundary', {
      kind: 'user',
      name,
      boundary: true,
    });
    await deleteBoundary(app, on);
    return {};
  },
};

export default deleteUserPermissionsBoundary;
