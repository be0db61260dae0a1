import type { CreateRoleCommandInput as Input, CreateRoleCommandOutput as Output } from '@aws-sdk/client-iam';
import { allowIam } from '../../../core/authorize.ts';
import { createRole as create } from '../../../core/iam/roles/create-role.ts';
import { requestTagKeys } from '../../../core/iam/tags/tag-keys.ts';
import { roleArn } from '../../../domain/arn.ts';
import type { Answer, Operation } from '../../operation.ts';
import { tagsOf } from '../tags.ts';
import { describeRole } from './describe.ts';

/** CreateRole. Giving it tags is decided as well, as tagging it would be. */
const createRole: Operation<Input, Answer<Output>> = {
  handle: async (app, call, input) => {
    const { RoleName: name = '', Path: path = '/', PermissionsBoundary: boundary } = input;
    const arn = roleArn({ account: call.principal.account, path, name });
    const tags = tagsOf(input.Tags);
    const keys = requestTagKeys(tags);
    const bound = boundary === undefined ? {} : { 'iam:permissionsboundary': boundary };
    const allowed = await allowIam(app, call, 'iam:CreateRole', arn, { ...keys, ...bound });
    if (tags.length > 0) await allowIam(app, call, 'iam:TagRole', arn, keys);
    const role = await create(app, call, allowed, {
      ...{ name, path, boundary, tags },
      trust: input.AssumeRolePolicyDocument ?? '',
      description: input.Description,
      maxSession: input.MaxSessionDuration,
    });
    return { Role: describeRole(role) };
  },
};

export default createRole;
