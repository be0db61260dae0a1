import type {
  ListInstanceProfilesForRoleCommandInput as Input,
  ListInstanceProfilesForRoleCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { allowEntity } from '../../../core/iam/entities.ts';
import type { Answer, Operation } from '../../operation.ts';

/** ListInstanceProfilesForRole: a role is in none, since there are none. */
const listInstanceProfilesForRole: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { RoleName: name = '' }) => {
    await allowEntity(app, call, 'iam:ListInstanceProfilesForRole', { kind: 'role', name });
    return { InstanceProfiles: [], IsTruncated: false };
  },
};

export default listInstanceProfilesForRole;
