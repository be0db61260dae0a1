import type {
  SetDefaultPolicyVersionCommandInput as Input,
  SetDefaultPolicyVersionCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { allowPolicyChange } from '../../../core/iam/policies/managed.ts';
import { setDefaultVersion } from '../../../core/iam/policies/versions.ts';
import type { Answer, Operation } from '../../operation.ts';

/** SetDefaultPolicyVersion. */
const setDefaultPolicyVersion: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { PolicyArn: arn = '', VersionId: id = '' }) => {
    const on = await allowPolicyChange(app, call, 'iam:SetDefaultPolicyVersion', { arn });
    await setDefaultVersion(app, on, id);
    return {};
  },
};

export default setDefaultPolicyVersion;
