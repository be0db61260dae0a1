import type {
  PutRegistryPolicyCommandInput as Input,
  PutRegistryPolicyCommandOutput as Output,
} from '@aws-sdk/client-ecr';
import { allowRegistry } from '../../../core/authorize.ts';
import { putRegistryPolicy as put } from '../../../core/settings/registry-policy.ts';
import type { Answer, Operation } from '../../operation.ts';

/** PutRegistryPolicy: answers with the policy in ECR's form. */
const putRegistryPolicy: Operation<Input, Answer<Output>> = {
  handle: async (app, call, { policyText: text = '' }) => {
    const allowed = await allowRegistry(app, call, 'ecr:PutRegistryPolicy', call.registry);
    return { registryId: allowed.registry.account, policyText: await put(app, call, allowed, { text }) };
  },
};

export default putRegistryPolicy;
