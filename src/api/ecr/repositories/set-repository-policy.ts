import type {
  SetRepositoryPolicyCommandInput as Input,
  SetRepositoryPolicyCommandOutput as Output,
} from '@aws-sdk/client-ecr';
import { setRepositoryPolicy as set } from '../../../core/repositories/repository-policy.ts';
import { onRepository } from '../../operation.ts';

/** SetRepositoryPolicy: answers with the policy in ECR's form. */
const setRepositoryPolicy = onRepository<'ecr:SetRepositoryPolicy', Input, Output>(
  'ecr:SetRepositoryPolicy',
  async (app, call, allowed, { policyText: text, force = false }) => {
    const { account: registryId, name: repositoryName } = allowed.repository;
    return { registryId, repositoryName, policyText: await set(app, call, allowed, { text, force }) };
  },
);

export default setRepositoryPolicy;
