import type {
  UpdateRoleDescriptionCommandInput as Input,
  UpdateRoleDescriptionCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { allowEntity } from '../../../core/iam/entities.ts';
import { updateRole } from '../../../core/iam/roles/change-role.ts';
import type { Answer, Operation } from '../../operation.ts';
import { describeRole } from './describe.ts';

/** UpdateRoleDescription. UpdateRole does the same; this one gives the role back. */
const updateRoleDescription: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { RoleName: name = '', Description: description }) => {
    const on = await allowEntity(app, call, 'iam:UpdateRoleDescription', { kind: 'role', name, boundary: true });
    return { Role: describeRole(await updateRole(app, on, { description })) };
  },
};

export default updateRoleDescription;
