import type {
  GetRepositoryPolicyCommandInput as Input,
  GetRepositoryPolicyCommandOutput as Output,
} from '@aws-sdk/client-ecr';
import { getRepositoryPolicy as get } from '../../../core/repositories/repository-policy.ts';
import { onRepository } from '../../operation.ts';

const getRepositoryPolicy = onRepository<'ecr:GetRepositoryPolicy', Input, Output>(
  'ecr:GetRepositoryPolicy',
  async (app, _call, allowed) => {
    const { account: registryId, name: repositoryName } = allowed.repository;
    return { registryId, repositoryName, policyText: await get(app, allowed) };
  },
);

export default getRepositoryPolicy;
