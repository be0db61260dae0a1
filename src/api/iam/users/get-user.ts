import type { GetUserCommandInput as Input, GetUserCommandOutput as Output } from '@aws-sdk/client-iam';
import { getUser as get } from '../../../core/iam/users/read-users.ts';
import { describeUser } from './describe-user.ts';
import { onUser } from './on-user.ts';

/** GetUser: without a name, the user who calls. */
const getUser = onUser<'iam:GetUser', Input, Output>('iam:GetUser', async (app, on) => {
  const { user, tags } = await get(app, on);
  return { User: describeUser(user, tags) };
});

export default getUser;
