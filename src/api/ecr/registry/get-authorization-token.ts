import type {
  GetAuthorizationTokenCommandInput as Input,
  GetAuthorizationTokenCommandOutput as Output,
} from '@aws-sdk/client-ecr';
import { allowRegistry } from '../../../core/authorize.ts';
import { issueLoginToken } from '../../../core/iam/login-tokens.ts';
import { nameRegistry } from '../../../core/registry-names.ts';
import type { Answer, Operation } from '../../operation.ts';

/**
 * GetAuthorizationToken: the password of `docker login` for 12 hours. The deprecated `registryIds` only multiply the
 * entries, which differ in their endpoint; what the token may do is decided where it is used.
 */
export const getAuthorizationToken: Operation<Input, Answer<Output>> = {
  handle: async (app, call, input) => {
    const allowed = await allowRegistry(app, call, 'ecr:GetAuthorizationToken', call.registry);
    const { password, expiresAt } = await issueLoginToken(app, call, allowed);
    const accounts = input.registryIds ?? [call.registry.account];
    return {
      authorizationData: accounts.map((account) => ({
        authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'),
        expiresAt: new Date(expiresAt),
        proxyEndpoint: nameRegistry(app, call, { account, region: call.registry.region }).proxy,
      })),
    };
  },
};
