import type {
  RemoveUserFromGroupCommandInput as Input,
  RemoveUserFromGroupCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { removeUserFromGroup as remove } from '../../../core/iam/groups/membership.ts';
import { onGroup } from './on-group.ts';

/** RemoveUserFromGroup: decided on the group alone. */
const removeUserFromGroup = onGroup<'iam:RemoveUserFromGroup', Input, Output>(
  'iam:RemoveUserFromGroup',
  async (app, on, input) => {
    await remove(app, on, input.UserName);
    return {};
  },
);

export default removeUserFromGroup;
