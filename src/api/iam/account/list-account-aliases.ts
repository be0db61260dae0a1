import type {
  ListAccountAliasesCommandInput as Input,
  ListAccountAliasesCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { allowIam } from '../../../core/authorize.ts';
import type { Answer, Operation } from '../../operation.ts';

/** ListAccountAliases: an account has none, since nothing here could give it one. */
const listAccountAliases: Operation<Input, Answer<Output>> = {
  handle: async (app, call) => {
    await allowIam(app, call, 'iam:ListAccountAliases', '*');
    return { AccountAliases: [], IsTruncated: false };
  },
};

export default listAccountAliases;
