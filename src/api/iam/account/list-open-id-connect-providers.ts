import type {
  ListOpenIDConnectProvidersCommandInput as Input,
  ListOpenIDConnectProvidersCommandOutput as Output,
} from '@aws-sdk/client-iam';
import { allowIam } from '../../../core/authorize.ts';
import type { Answer, Operation } from '../../operation.ts';

/** ListOpenIDConnectProviders: there are none, since nothing here could make one. */
const listOpenIDConnectProviders: Operation<Input, Answer<Output>> = {
  handle: async (app, call) => {
    await allowIam(app, call, 'iam:ListOpenIDConnectProviders', '*');
    return { OpenIDConnectProviderList: [] };
  },
};

export default listOpenIDConnectProviders;
