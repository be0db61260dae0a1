import type {
  GetAccessKeyInfoCommandInput as Input,
  GetAccessKeyInfoCommandOutput as Output,
} from '@aws-sdk/client-sts';
import { allowIam } from '../../core/authorize.ts';
import { RegistryError } from '../../domain/errors.ts';
import { accountOfIamId } from '../../domain/iam/ids.ts';
import type { Answer, Operation } from '../operation.ts';

/** GetAccessKeyInfo: the account is in the id itself; whether the key exists is not told (STS API reference). */
const operation: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { AccessKeyId = '' }) => {
    await allowIam(app, call, 'sts:GetAccessKeyInfo', '*');
    const account = accountOfIamId(AccessKeyId);
    if (account === undefined) {
      throw new RegistryError('invalidParameter', {
        field: 'accessKeyId',
        constraint: 'Member must be an access key id',
      });
    }
    return { Account: account };
  },
};

export default operation;
