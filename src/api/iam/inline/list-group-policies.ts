import type {
  ListGroupPoliciesCommandInput as Input,
  ListGroupPoliciesCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { allowEntity } from '../../../core/iam/entities.ts';
import { listInline } from '../../../core/iam/inline/inline-policies.ts';
import type { Answer, Operation } from '../../operation.ts';
import { pageEnd, pageOf } from '../pages.ts';

/** ListGroupPolicies. The names of the policies inside a group. */
const listGroupPolicies: Operation<Input, Answer<Output>> = {
  handle: async (app, call, input) => {
    const on = await allowEntity(app, call, 'iam:ListGroupPolicies', { kind: 'group', name: input.GroupName ?? '' });
    const page = await listInline(app, on, pageOf(input));
    return { PolicyNames: [...page.entries], ...pageEnd(page) };
  },
};

export default listGroupPolicies;
