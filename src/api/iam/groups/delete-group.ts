import type { DeleteGroupCommandInput as Input, DeleteGroupCommandOutput as Output } from '@aws-sdk/client-iam';
import { deleteGroup as remove } from '../../../core/iam/groups/delete-group.ts';
import { onGroup } from './on-group.ts';

const deleteGroup = onGroup<'iam:DeleteGroup', Input, Output>('iam:DeleteGroup', async (app, on) => {
  await remove(app, on);
  return {};
});

export default deleteGroup;
