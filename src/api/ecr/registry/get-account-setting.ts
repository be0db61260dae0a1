import type {
  GetAccountSettingCommandInput as Input,
  GetAccountSettingCommandOutput as Output,
} from '@aws-sdk/client-ecr';
import { allowRegistry } from '../../../core/authorize.ts';
import { getAccountSetting as get } from '../../../core/settings/account-settings.ts';
import type { Answer, Operation } from '../../operation.ts';

export const getAccountSetting: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { name = '' }) =>
    get(app, await allowRegistry(app, call, 'ecr:GetAccountSetting', call.registry), name),
};
