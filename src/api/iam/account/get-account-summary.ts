import type {
  GetAccountSummaryCommandInput as Input,
  GetAccountSummaryCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { allowIam } from '../../../core/authorize.ts';
import { summarizeAccount } from '../../../core/iam/summary/account-summary.ts';
import type { Answer, Operation } from '../../operation.ts';

const getAccountSummary: Operation<Input, Answer<Output>> = {
  handle: async (app, call) => {
    const allowed = await allowIam(app, call, 'iam:GetAccountSummary', '*');
    return { SummaryMap: await summarizeAccount(app, allowed) };
  },
};

export default getAccountSummary;
