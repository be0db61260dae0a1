import type {
  ListServiceSpecificCredentialsCommandInput as Input,
  ListServiceSpecificCredentialsCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { allowIam } from '../../../core/authorize.ts';
import { allowEntity } from '../../../core/iam/entities.ts';
import { userNameOr } from '../../../core/iam/users/caller-name.ts';
import type { Answer, Operation } from '../../operation.ts';

/** ListServiceSpecificCredentials: nobody has any, since nothing here could give them one. */
const listServiceSpecificCredentials: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { UserName: given, AllUsers: all = false }) => {
    const action = 'iam:ListServiceSpecificCredentials';
    if (all) await allowIam(app, call, action, '*');
    else await allowEntity(app, call, action, { kind: 'user', name: userNameOr(call, given) });
    return { ServiceSpecificCredentials: [], IsTruncated: false };
  },
};

export default listServiceSpecificCredentials;
