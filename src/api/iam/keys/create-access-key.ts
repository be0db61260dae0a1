import type { CreateAccessKeyCommandInput as Input, CreateAccessKeyCommandOutput as Output } from '@aws-sdk/client-iam';
import { createAccessKey as create } from '../../../core/iam/user-keys/create-access-key.ts';
import { onUser } from '../users/on-user.ts';

/** CreateAccessKey: the only time that the secret is shown. */
const createAccessKey = onUser<'iam:CreateAccessKey', Input, Output>(
  'iam:CreateAccessKey',
  async (app, on, _input, call) => {
    const { accessKeyId, secretAccessKey } = await create(app, call, on);
    return {
      AccessKey: {
        UserName: on.entity.name,
        AccessKeyId: accessKeyId,
        Status: 'Active',
        SecretAccessKey: secretAccessKey,
        CreateDate: new Date(call.time),
      },
    };
  },
);

export default createAccessKey;
