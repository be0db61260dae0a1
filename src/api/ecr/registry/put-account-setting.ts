import type {
  PutAccountSettingCommandInput as Input,
  PutAccountSettingCommandOutput as Output,
} from '@aws-sdk/client-ecr';
import { allowRegistry } from '../../../core/authorize.ts';
import { putAccountSetting as put } from '../../../core/settings/account-settings.ts';
import type { Answer, Operation } from '../../operation.ts';

export const putAccountSetting: Operation<Input, Answer<Output>> = {
  handle: (app, call, { name, value }) =>
    put(app, allowRegistry(call, 'ecr:PutAccountSetting', call.registry), { name: name ?? '', value: value ?? '' }),
};
