import type { ListUsersCommandInput as Input, ListUsersCommandOutput as Output } from '@aws-sdk/client-iam';
import { allowIam } from '../../../core/authorize.ts';
import { listUsers as list } from '../../../core/iam/users/read-users.ts';
import type { Answer, Operation } from '../../operation.ts';
import { pageEnd, pageOf } from '../pages.ts';
import { listedUser } from './describe-user.ts';

const listUsers: Operation<Input, Answer<Output>> = {
  handle: async (app, call, input) => {
    const allowed = await allowIam(app, call, 'iam:ListUsers', '*');
    const page = await list(app, allowed, { pathPrefix: input.PathPrefix, page: pageOf(input) });
    return { Users: page.entries.map(listedUser), ...pageEnd(page) };
  },
};

export default listUsers;
