import type { CreateUserCommandInput as Input, CreateUserCommandOutput as Output } from '@aws-sdk/client-iam';
import { allowIam } from '../../../core/authorize.ts';
import { requestTagKeys } from '../../../core/iam/tags/tag-keys.ts';
import { createUser as create } from '../../../core/iam/users/create-user.ts';
import { userArn } from '../../../domain/arn.ts';
import type { Answer, Operation } from '../../operation.ts';
import { tagsOf } from '../tags.ts';
import { describeUser } from './describe-user.ts';

/** CreateUser: tags are a second permission, `iam:TagUser`. */
const createUser: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { UserName: name = '', Path: path = '/', PermissionsBoundary: boundary, Tags }) => {
    const { account } = call.principal;
    const arn = userArn({ account, path, name });
    const tags = tagsOf(Tags);
    const tagging = requestTagKeys(tags);
    const bounded = boundary === undefined ? {} : { 'iam:permissionsboundary': boundary };
    const allowed = await allowIam(app, call, 'iam:CreateUser', arn, { ...tagging, ...bounded });
    if (tags.length > 0) await allowIam(app, call, 'iam:TagUser', arn, tagging);
    return { User: describeUser(await create(app, call, allowed, { name, path, boundary, tags }), tags) };
  },
};

export default createUser;
