import type {
  GetRegistryPolicyCommandInput as Input,
  GetRegistryPolicyCommandOutput as Output,
} from '@aws-sdk/client-ecr';
import { allowRegistry } from '../../../core/authorize.ts';
import { getRegistryPolicy as get } from '../../../core/settings/registry-policy.ts';
import type { Answer, Operation } from '../../operation.ts';

const getRegistryPolicy: Operation<Input, Answer<Output>> = {
  handle: async (app, call) => {
    const allowed = await allowRegistry(app, call, 'ecr:GetRegistryPolicy', call.registry);
    return { registryId: allowed.registry.account, policyText: await get(app, allowed) };
  },
};

export default getRegistryPolicy;
