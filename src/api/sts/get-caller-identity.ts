import type {
  GetCallerIdentityCommandInput as Input,
  GetCallerIdentityCommandOutput as Output,
} from '@aws-sdk/client-sts';
import type { Answer, Operation } from '../operation.ts';

/** GetCallerIdentity: always allowed, even against an explicit deny (STS API reference). */
export const getCallerIdentity: Operation<Input, Answer<Output>> = {
  handle: async (_app, { principal }) => ({ UserId: principal.id, Account: principal.account, Arn: principal.arn }),
};
