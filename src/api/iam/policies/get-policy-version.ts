import type {
  GetPolicyVersionCommandInput as Input,
  GetPolicyVersionCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { allowPolicy } from '../../../core/iam/policies/managed.ts';
import { readVersion } from '../../../core/iam/policies/versions.ts';
import type { Answer, Operation } from '../../operation.ts';
import { encodeDocument } from '../documents.ts';
import { describeVersion } from './describe.ts';

/** GetPolicyVersion. The document comes back as it was sent. */
const getPolicyVersion: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { PolicyArn: arn = '', VersionId: id = '' }) => {
    const on = await allowPolicy(app, call, 'iam:GetPolicyVersion', { arn });
    const version = await readVersion(app, on, id);
    return { PolicyVersion: { ...describeVersion(version), Document: encodeDocument(version.document) } };
  },
};

export default getPolicyVersion;
