import type {
  UpdateAssumeRolePolicyCommandInput as Input,
  UpdateAssumeRolePolicyCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { allowEntity } from '../../../core/iam/entities.ts';
import { updateTrust } from '../../../core/iam/roles/change-role.ts';
import type { Answer, Operation } from '../../operation.ts';

/** UpdateAssumeRolePolicy. Gives a role another trust policy. */
const updateAssumeRolePolicy: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { RoleName: name = '', PolicyDocument: document = '' }) => {
    const on = await allowEntity(app, call, 'iam:UpdateAssumeRolePolicy', { kind: 'role', name, boundary: true });
    await updateTrust(app, on, document);
    return {};
  },
};

export default updateAssumeRolePolicy;
