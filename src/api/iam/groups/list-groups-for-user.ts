import type {
  ListGroupsForUserCommandInput as Input,
  ListGroupsForUserCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { listGroupsForUser as list } from '../../../core/iam/groups/read-groups.ts';
import { pageEnd, pageOf } from '../pages.ts';
import { onUser } from '../users/on-user.ts';
import { describeGroup } from './describe-group.ts';

const listGroupsForUser = onUser<'iam:ListGroupsForUser', Input, Output>(
  'iam:ListGroupsForUser',
  async (app, on, input) => {
    const page = await list(app, on, pageOf(input));
    return { Groups: page.entries.map(describeGroup), ...pageEnd(page) };
  },
);

export default listGroupsForUser;
