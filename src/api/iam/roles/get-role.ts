import type { GetRoleCommandInput as Input, GetRoleCommandOutput as Output } from '@aws-sdk/client-iam';
import { allowEntity } from '../../../core/iam/entities.ts';
import { readRole } from '../../../core/iam/roles/read-role.ts';
import type { Answer, Operation } from '../../operation.ts';
import { describeRole } from './describe.ts';

/** GetRole. When the role was used last is in no other answer. */
const getRole: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { RoleName: name = '' }) => {
    const on = await allowEntity(app, call, 'iam:GetRole', { kind: 'role', name, boundary: true });
    const role = await readRole(app, on);
    const { last_used_at: used, last_used_region: region } = role.row;
    const RoleLastUsed = used === null ? {} : { LastUsedDate: new Date(used), Region: region ?? undefined };
    return { Role: { ...describeRole(role), RoleLastUsed } };
  },
};

export default getRole;
