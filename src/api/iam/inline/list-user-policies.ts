import type {
  ListUserPoliciesCommandInput as Input,
  ListUserPoliciesCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { allowEntity } from '../../../core/iam/entities.ts';
import { listInline } from '../../../core/iam/inline/inline-policies.ts';
import type { Answer, Operation } from '../../operation.ts';
import { pageEnd, pageOf } from '../pages.ts';

/** ListUserPolicies. The names of the policies inside a user. */
const listUserPolicies: Operation<Input, Answer<Output>> = {
  handle: async (app, call, input) => {
    const on = await allowEntity(app, call, 'iam:ListUserPolicies', { kind: 'user', name: input.UserName ?? '' });
    const page = await listInline(app, on, pageOf(input));
    return { PolicyNames: [...page.entries], ...pageEnd(page) };
  },
};

export default listUserPolicies;
