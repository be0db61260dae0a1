import type { AddUserToGroupCommandInput as Input, AddUserToGroupCommandOutput as Output } from '@aws-sdk/client-iam';
import { addUserToGroup as add } from '../../../core/iam/groups/membership.ts';
import { onGroup } from './on-group.ts';

/** AddUserToGroup: decided on the group alone. */
const addUserToGroup = onGroup<'iam:AddUserToGroup', Input, Output>('iam:AddUserToGroup', async (app, on, input) => {
  await add(app, on, input.UserName);
  return {};
});

export default addUserToGroup;
