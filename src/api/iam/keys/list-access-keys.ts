import type { ListAccessKeysCommandInput as Input, ListAccessKeysCommandOutput as Output } from '@aws-sdk/client-iam';
import { listAccessKeys as list } from '../../../core/iam/user-keys/list-access-keys.ts';
import { pageEnd, pageOf } from '../pages.ts';
import { onUser } from '../users/on-user.ts';

const listAccessKeys = onUser<'iam:ListAccessKeys', Input, Output>('iam:ListAccessKeys', async (app, on, input) => {
  const page = await list(app, on, pageOf(input));
  const shown = page.entries.map(({ id, active, created_at: createdAt }) => ({
    UserName: on.entity.name,
    AccessKeyId: id,
    Status: active === 1 ? ('Active' as const) : ('Inactive' as const),
    CreateDate: new Date(createdAt),
  }));
  return { AccessKeyMetadata: shown, ...pageEnd(page) };
});

export default listAccessKeys;
