import type {
  DeleteRegistryPolicyCommandInput as Input,
  DeleteRegistryPolicyCommandOutput as Output,
} from '@aws-sdk/client-ecr';
import { allowRegistry } from '../../../core/authorize.ts';
import { deleteRegistryPolicy as remove } from '../../../core/settings/registry-policy.ts';
import type { Answer, Operation } from '../../operation.ts';

const deleteRegistryPolicy: Operation<Input, Answer<Output>> = {
  handle: async (app, call) => {
    const allowed = await allowRegistry(app, call, 'ecr:DeleteRegistryPolicy', call.registry);
    return { registryId: allowed.registry.account, policyText: await remove(app, allowed) };
  },
};

export default deleteRegistryPolicy;
