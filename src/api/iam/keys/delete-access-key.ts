import type { DeleteAccessKeyCommandInput as Input, DeleteAccessKeyCommandOutput as Output } from '@aws-sdk/client-iam';
import { deleteAccessKey as remove } from '../../../core/iam/user-keys/change-access-key.ts';
import { onUser } from '../users/on-user.ts';

/** DeleteAccessKey: the last key of an administrator too; `stowage credentials reset` is the way back. */
const deleteAccessKey = onUser<'iam:DeleteAccessKey', Input, Output>('iam:DeleteAccessKey', async (app, on, input) => {
  await remove(app, on, input.AccessKeyId);
  return {};
});

export default deleteAccessKey;
