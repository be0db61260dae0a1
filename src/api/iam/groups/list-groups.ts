import type { ListGroupsCommandInput as Input, ListGroupsCommandOutput as Output } from '@aws-sdk/client-iam';
import { allowIam } from '../../../core/authorize.ts';
import { listGroups as list } from '../../../core/iam/groups/read-groups.ts';
import type { Answer, Operation } from '../../operation.ts';
import { pageEnd, pageOf } from '../pages.ts';
import { describeGroup } from './describe-group.ts';

const listGroups: Operation<Input, Answer<Output>> = {
  handle: async (app, call, input) => {
    const allowed = await allowIam(app, call, 'iam:ListGroups', '*');
    const page = await list(app, allowed, { pathPrefix: input.PathPrefix, page: pageOf(input) });
    return { Groups: page.entries.map(describeGroup), ...pageEnd(page) };
  },
};

export default listGroups;
