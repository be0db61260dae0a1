import type {
  ListInstanceProfilesCommandInput as Input,
  ListInstanceProfilesCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { allowIam } from '../../../core/authorize.ts';
import type { Answer, Operation } from '../../operation.ts';

/** ListInstanceProfiles: there are none, since nothing here could make one. */
const listInstanceProfiles: Operation<Input, Answer<Output>> = {
  handle: async (app, call) => {
    await allowIam(app, call, 'iam:ListInstanceProfiles', '*');
    return { InstanceProfiles: [], IsTruncated: false };
  },
};

export default listInstanceProfiles;
