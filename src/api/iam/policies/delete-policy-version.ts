import type {
  DeletePolicyVersionCommandInput as Input,
  DeletePolicyVersionCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { allowPolicyChange } from '../../../core/iam/policies/managed.ts';
import { deletePolicyVersion as remove } from '../../../core/iam/policies/versions.ts';
import type { Answer, Operation } from '../../operation.ts';

/** DeletePolicyVersion. */
const deletePolicyVersion: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { PolicyArn: arn = '', VersionId: id = '' }) => {
    const on = await allowPolicyChange(app, call, 'iam:DeletePolicyVersion', { arn });
    await remove(app, on, id);
    return {};
  },
};

export default deletePolicyVersion;
