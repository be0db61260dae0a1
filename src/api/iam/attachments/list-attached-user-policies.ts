import type {
  ListAttachedUserPoliciesCommandInput as Input,
  ListAttachedUserPoliciesCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { listAttachedPolicies } from '../../../core/iam/attachments/attachments.ts';
import { allowEntity } from '../../../core/iam/entities.ts';
import type { Answer, Operation } from '../../operation.ts';
import { pageEnd, pageOf } from '../pages.ts';

/** ListAttachedUserPolicies. The managed policies that a user holds. */
const listAttachedUserPolicies: Operation<Input, Answer<Output>> = {
  handle: async (app, call, input) => {
    const on = await allowEntity(app, call, 'iam:ListAttachedUserPolicies', {
      kind: 'user',
      name: input.UserName ?? '',
    });
    const page = await listAttachedPolicies(app, on, { pathPrefix: input.PathPrefix, page: pageOf(input) });
    const AttachedPolicies = page.entries.map(({ arn, name }) => ({ PolicyName: name, PolicyArn: arn }));
    return { AttachedPolicies, ...pageEnd(page) };
  },
};

export default listAttachedUserPolicies;
