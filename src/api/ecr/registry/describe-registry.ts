import type {
  DescribeRegistryCommandInput as Input,
  DescribeRegistryCommandOutput as Output,
} from '@aws-sdk/client-ecr';
import { allowRegistry } from '../../../core/authorize.ts';
import type { Answer, Operation } from '../../operation.ts';

/** DescribeRegistry: a registry always is there; replication cannot be configured yet, so it has no rules. */
export const describeRegistry: Operation<Input, Answer<Output>> = {
  handle: async (app, call) => {
    const { registry } = await allowRegistry(app, call, 'ecr:DescribeRegistry', call.registry);
    return { registryId: registry.account, replicationConfiguration: { rules: [] } };
  },
};
