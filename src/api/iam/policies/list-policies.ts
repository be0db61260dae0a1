import type { ListPoliciesCommandInput as Input, ListPoliciesCommandOutput as Output } from '@aws-sdk/client-iam';
import { allowIam } from '../../../core/authorize.ts';
import { listPolicies as list } from '../../../core/iam/policies/list-policies.ts';
import type { Answer, Operation } from '../../operation.ts';
import { pageEnd, pageOf } from '../pages.ts';
import { describePolicy } from './describe.ts';

/** ListPolicies. Those of AWS are listed in every account. */
const listPolicies: Operation<Input, Answer<Output>> = {
  handle: async (app, call, input) => {
    const allowed = await allowIam(app, call, 'iam:ListPolicies', '*');
    const { Scope: scope = 'All', OnlyAttached: onlyAttached = false } = input;
    const filter = { scope, onlyAttached, pathPrefix: input.PathPrefix, usage: input.PolicyUsageFilter };
    const page = await list(app, allowed, { filter, page: pageOf(input) });
    return { Policies: page.entries.map(({ policy, usage }) => describePolicy(policy, usage)), ...pageEnd(page) };
  },
};

export default listPolicies;
