import type { DeleteRoleCommandInput as Input, DeleteRoleCommandOutput as Output } from '@aws-sdk/client-iam';
import { allowEntity } from '../../../core/iam/entities.ts';
import { deleteRole as remove } from '../../../core/iam/roles/delete-role.ts';
import type { Answer, Operation } from '../../operation.ts';

/** DeleteRole. */
const deleteRole: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { RoleName: name = '' }) => {
    const on = await allowEntity(app, call, 'iam:DeleteRole', { kind: 'role', name, boundary: true });
    await remove(app, on);
    return {};
  },
};

export default deleteRole;
