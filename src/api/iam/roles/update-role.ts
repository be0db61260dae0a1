import type { UpdateRoleCommandInput as Input, UpdateRoleCommandOutput as Output } from '@aws-sdk/client-iam';
import { allowEntity } from '../../../core/iam/entities.ts';
import { updateRole as update } from '../../../core/iam/roles/change-role.ts';
import type { Answer, Operation } from '../../operation.ts';

/** UpdateRole. What is left out stays as it is. */
const updateRole: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { RoleName: name = '', Description: description, MaxSessionDuration: maxSession }) => {
    const on = await allowEntity(app, call, 'iam:UpdateRole', { kind: 'role', name, boundary: true });
    await update(app, on, { description, maxSession });
    return {};
  },
};

export default updateRole;
