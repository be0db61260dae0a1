import type {
  GetAccessKeyLastUsedCommandInput as Input,
  GetAccessKeyLastUsedCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { getLastKeyUse } from '../../../core/iam/user-keys/last-key-use.ts';
import type { Answer, Operation } from '../../operation.ts';

/** What IAM says of a key that was never used. */
const never = { ServiceName: 'N/A', Region: 'N/A' };

const getAccessKeyLastUsed: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { AccessKeyId: id = '' }) => {
    const { userName, use } = await getLastKeyUse(app, call, id);
    const last = use ? { LastUsedDate: new Date(use.time), ServiceName: use.service, Region: use.region } : never;
    return { UserName: userName, AccessKeyLastUsed: last };
  },
};

export default getAccessKeyLastUsed;
