import type {
  PutAccountSettingCommandInput as Input,
  PutAccountSettingCommandOutput as Output,
} from '@aws-sdk/client-ecr';
import { allowRegistry } from '../../../core/authorize.ts';
import { putAccountSetting as put } from '../../../core/settings/account-settings.ts';
import type { Answer, Operation } from '../../operation.ts';

export const putAccountSetting: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { name = '', value = '' }) => {
    const allowed = await allowRegistry(app, call, 'ecr:PutAccountSetting', call.registry, {
      'ecr:accountsetting': name,
    });
    return put(app, allowed, { name, value });
  },
};
