import type {
  GetCallerIdentityCommandInput as Input,
  GetCallerIdentityCommandOutput as Output,
} from '@aws-sdk/client-sts';
import { serviceArn } from '../../domain/arn.ts';
import type { Answer, Operation } from '../operation.ts';

/**
 * GetCallerIdentity: always allowed, even against an explicit deny (STS API reference). At AWS no service asks who it is;
 * here it is told an ARN that names it, since clients read one.
 */
const operation: Operation<Input, Answer<Output>> = {
  handle: async (_app, { principal }) => {
    const { id, account, arn, service } = principal;
    return { UserId: id, Account: account, Arn: service ? serviceArn({ account, name: service.name }) : arn };
  },
};

export default operation;
