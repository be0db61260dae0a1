import type { ListMFADevicesCommandInput as Input, ListMFADevicesCommandOutput as Output } from '@aws-sdk/client-iam';
import { allowIam } from '../../../core/authorize.ts';
import { allowEntity } from '../../../core/iam/entities.ts';
import type { Answer, Operation } from '../../operation.ts';

/** ListMFADevices: nobody has any, since nothing here could give them one. */
const listMFADevices: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { UserName: name }) => {
    if (name === undefined) await allowIam(app, call, 'iam:ListMFADevices', '*');
    else await allowEntity(app, call, 'iam:ListMFADevices', { kind: 'user', name });
    return { MFADevices: [], IsTruncated: false };
  },
};

export default listMFADevices;
