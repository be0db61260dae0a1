import type { ListUserTagsCommandInput as Input, ListUserTagsCommandOutput as Output } from '@aws-sdk/client-iam';
import { listEntityTags } from '../../../core/iam/tags/entity-tags.ts';
import { pageEnd, pageOf } from '../pages.ts';
import { showTags } from '../tags.ts';
import { onUser } from './on-user.ts';

const listUserTags = onUser<'iam:ListUserTags', Input, Output>('iam:ListUserTags', async (app, on, input) => {
  const page = await listEntityTags(app, on, pageOf(input));
  return { Tags: showTags(page.entries), ...pageEnd(page) };
});

export default listUserTags;
