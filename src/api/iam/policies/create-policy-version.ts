import type {
  CreatePolicyVersionCommandInput as Input,
  CreatePolicyVersionCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { allowPolicyChange } from '../../../core/iam/policies/managed.ts';
import { createVersion } from '../../../core/iam/policies/versions.ts';
import type { Answer, Operation } from '../../operation.ts';
import { describeVersion } from './describe.ts';

/** CreatePolicyVersion. */
const createPolicyVersion: Operation<Input, Answer<Output>> = {
  handle: async (
    app,
    call,
    { PolicyArn: arn = '', PolicyDocument: document = '', SetAsDefault: asDefault = false },
  ) => {
    const on = await allowPolicyChange(app, call, 'iam:CreatePolicyVersion', { arn });
    return { PolicyVersion: describeVersion(await createVersion(app, call, on, { document, asDefault })) };
  },
};

export default createPolicyVersion;
