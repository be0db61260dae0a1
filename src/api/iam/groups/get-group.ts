import type { GetGroupCommandInput as Input, GetGroupCommandOutput as Output } from '@aws-sdk/client-iam';
import { getGroup as get } from '../../../core/iam/groups/read-groups.ts';
import { pageEnd, pageOf } from '../pages.ts';
import { listedUser } from '../users/describe-user.ts';
import { describeGroup } from './describe-group.ts';
import { onGroup } from './on-group.ts';

const getGroup = onGroup<'iam:GetGroup', Input, Output>('iam:GetGroup', async (app, on, input) => {
  const { group, users } = await get(app, on, pageOf(input));
  return { Group: describeGroup(group), Users: users.entries.map(listedUser), ...pageEnd(users) };
});

export default getGroup;
