import type { UpdateGroupCommandInput as Input, UpdateGroupCommandOutput as Output } from '@aws-sdk/client-iam';
import { allowIam } from '../../../core/authorize.ts';
import { allowEntity } from '../../../core/iam/entities.ts';
import { updateGroup as update } from '../../../core/iam/groups/update-group.ts';
import { groupArn } from '../../../domain/arn.ts';
import type { Answer, Operation } from '../../operation.ts';

/** UpdateGroup: decided on the group as it is and as it will be named (IAM user guide, "Renaming an IAM user group"). */
const updateGroup: Operation<Input, Answer<Output>> = {
  handle: async (app, call, input) => {
    const on = await allowEntity(app, call, 'iam:UpdateGroup', { kind: 'group', name: input.GroupName ?? '' });
    const { account } = on.entity;
    const { NewGroupName: name = on.entity.name, NewPath: path = on.entity.path } = input;
    const target = await allowIam(app, call, 'iam:UpdateGroup', groupArn({ account, path, name }));
    await update(app, on, target, { name, path });
    return {};
  },
};

export default updateGroup;
