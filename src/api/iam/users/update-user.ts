import type { UpdateUserCommandInput as Input, UpdateUserCommandOutput as Output } from '@aws-sdk/client-iam';
import { allowIam } from '../../../core/authorize.ts';
import { allowEntity } from '../../../core/iam/entities.ts';
import { updateUser as update } from '../../../core/iam/users/update-user.ts';
import { userArn } from '../../../domain/arn.ts';
import type { Answer, Operation } from '../../operation.ts';

/** UpdateUser: decided on the user as it is and as it will be named (IAM user guide, "Renaming an IAM user"). */
const updateUser: Operation<Input, Answer<Output>> = {
  handle: async (app, call, input) => {
    const on = await allowEntity(app, call, 'iam:UpdateUser', { kind: 'user', name: input.UserName ?? '' });
    const { account } = on.entity;
    const { NewUserName: name = on.entity.name, NewPath: path = on.entity.path } = input;
    const target = await allowIam(app, call, 'iam:UpdateUser', userArn({ account, path, name }));
    await update(app, on, target, { name, path });
    return {};
  },
};

export default updateUser;
