import type {
  DecodeAuthorizationMessageCommandInput as Input,
  DecodeAuthorizationMessageCommandOutput as Output,
} from '@aws-sdk/client-sts';
import { allowIam } from '../../core/authorize.ts';
import { openAuthorizationMessage } from '../../core/iam/authorization-messages.ts';
import { RegistryError } from '../../domain/errors.ts';
import type { Answer, Operation } from '../operation.ts';

/** DecodeAuthorizationMessage: the decision behind a denial of somebody of the caller's account. */
const operation: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { EncodedMessage = '' }) => {
    const { registry } = await allowIam(app, call, 'sts:DecodeAuthorizationMessage', '*');
    const { account } = registry;
    const text = openAuthorizationMessage(app.installation, EncodedMessage, { account, now: call.time });
    if (text === undefined) throw new RegistryError('invalidAuthorizationMessage', {});
    return { DecodedMessage: text };
  },
};

export default operation;
