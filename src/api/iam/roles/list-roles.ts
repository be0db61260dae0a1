import type { ListRolesCommandInput as Input, ListRolesCommandOutput as Output } from '@aws-sdk/client-iam';
import { allowIam } from '../../../core/authorize.ts';
import { listRoles as list } from '../../../core/iam/roles/list-roles.ts';
import type { Answer, Operation } from '../../operation.ts';
import { pageEnd, pageOf } from '../pages.ts';
import { describeListed } from './describe.ts';

/** ListRoles. */
const listRoles: Operation<Input, Answer<Output>> = {
  handle: async (app, call, input) => {
    const allowed = await allowIam(app, call, 'iam:ListRoles', '*');
    const page = await list(app, allowed, { pathPrefix: input.PathPrefix, page: pageOf(input) });
    return { Roles: page.entries.map(describeListed), ...pageEnd(page) };
  },
};

export default listRoles;
