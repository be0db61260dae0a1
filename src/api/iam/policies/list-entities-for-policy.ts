import type {
  ListEntitiesForPolicyCommandInput as Input,
  ListEntitiesForPolicyCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { listHolders, type Holder } from '../../../core/iam/policies/list-holders.ts';
import { allowPolicy } from '../../../core/iam/policies/managed.ts';
import type { Answer, Operation } from '../../operation.ts';
import { pageEnd, pageOf } from '../pages.ts';

/** A policy is held by no policy. */
const kinds = {
  User: 'user',
  Group: 'group',
  Role: 'role',
  LocalManagedPolicy: 'none',
  AWSManagedPolicy: 'none',
} as const;

/** ListEntitiesForPolicy. Who holds a policy or is bounded by it. */
const listEntitiesForPolicy: Operation<Input, Answer<Output>> = {
  handle: async (app, call, input) => {
    const on = await allowPolicy(app, call, 'iam:ListEntitiesForPolicy', { arn: input.PolicyArn ?? '' });
    const { EntityFilter: kind, PathPrefix: pathPrefix, PolicyUsageFilter: usage } = input;
    const filter = { kind: kind && kinds[kind], pathPrefix, usage };
    const page = await listHolders(app, on, { filter, page: pageOf(input) });
    const of = (wanted: Holder['kind']): Holder[] => page.entries.filter((holder) => holder.kind === wanted);
    return {
      PolicyGroups: of('group').map(({ id, name }) => ({ GroupName: name, GroupId: id })),
      PolicyUsers: of('user').map(({ id, name }) => ({ UserName: name, UserId: id })),
      PolicyRoles: of('role').map(({ id, name }) => ({ RoleName: name, RoleId: id })),
      ...pageEnd(page),
    };
  },
};

export default listEntitiesForPolicy;
