import type { DeleteUserCommandInput as Input, DeleteUserCommandOutput as Output } from '@aws-sdk/client-iam';
import { deleteUser as remove } from '../../../core/iam/users/delete-user.ts';
import { onUser } from './on-user.ts';

/** DeleteUser: the administrator may be deleted too; `stowage credentials reset` makes it again. */
const deleteUser = onUser<'iam:DeleteUser', Input, Output>('iam:DeleteUser', async (app, on) => {
  await remove(app, on);
  return {};
});

export default deleteUser;
