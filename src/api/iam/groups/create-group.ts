import type { CreateGroupCommandInput as Input, CreateGroupCommandOutput as Output } from '@aws-sdk/client-iam';
import { allowIam } from '../../../core/authorize.ts';
import { createGroup as create } from '../../../core/iam/groups/create-group.ts';
import { groupArn } from '../../../domain/arn.ts';
import type { Answer, Operation } from '../../operation.ts';
import { describeGroup } from './describe-group.ts';

const createGroup: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { GroupName: name = '', Path: path = '/' }) => {
    const { account } = call.principal;
    const allowed = await allowIam(app, call, 'iam:CreateGroup', groupArn({ account, path, name }));
    return { Group: describeGroup(await create(app, call, allowed, { name, path })) };
  },
};

export default createGroup;
