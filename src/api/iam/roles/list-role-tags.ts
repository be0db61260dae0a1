import type { ListRoleTagsCommandInput as Input, ListRoleTagsCommandOutput as Output } from '@aws-sdk/client-iam';
import { allowEntity } from '../../../core/iam/entities.ts';
import { listEntityTags } from '../../../core/iam/tags/entity-tags.ts';
import type { Answer, Operation } from '../../operation.ts';
import { pageEnd, pageOf } from '../pages.ts';
import { showTags } from '../tags.ts';

/** ListRoleTags. */
const listRoleTags: Operation<Input, Answer<Output>> = {
  handle: async (app, call, input) => {
    const on = await allowEntity(app, call, 'iam:ListRoleTags', { kind: 'role', name: input.RoleName ?? '' });
    const page = await listEntityTags(app, on, pageOf(input));
    return { Tags: showTags(page.entries), ...pageEnd(page) };
  },
};

export default listRoleTags;
