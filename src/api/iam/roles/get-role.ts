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
    const { lastUse } = role;
    const RoleLastUsed = lastUse ? { LastUsedDate: new Date(lastUse.time), Region: lastUse.region } : {};
    return { Role: { ...describeRole(role), RoleLastUsed } };
  },
};

export default getRole;
