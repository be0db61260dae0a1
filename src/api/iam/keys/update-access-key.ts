import type { UpdateAccessKeyCommandInput as Input, UpdateAccessKeyCommandOutput as Output } from '@aws-sdk/client-iam';
import { setAccessKeyActive } from '../../../core/iam/user-keys/change-access-key.ts';
import { RegistryError } from '../../../domain/errors.ts';
import { onUser } from '../users/on-user.ts';

/** UpdateAccessKey: `Expired` is a status that keys have at AWS, and that nobody can give them. */
const updateAccessKey = onUser<'iam:UpdateAccessKey', Input, Output>(
  'iam:UpdateAccessKey',
  async (app, on, { AccessKeyId: id, Status: status }) => {
    if (status === 'Expired')
      throw new RegistryError('invalidInput', {
        text: 'The status of an access key can be set to Active or Inactive.',
      });
    await setAccessKeyActive(app, on, { id, active: status === 'Active' });
    return {};
  },
);

export default updateAccessKey;
