import type {
  DeleteRepositoryPolicyCommandInput as Input,
  DeleteRepositoryPolicyCommandOutput as Output,
} from '@aws-sdk/client-ecr';
import { deleteRepositoryPolicy as remove } from '../../../core/repositories/repository-policy.ts';
import { onRepository } from '../../operation.ts';

const deleteRepositoryPolicy = onRepository<'ecr:DeleteRepositoryPolicy', Input, Output>(
  'ecr:DeleteRepositoryPolicy',
  async (app, _call, allowed) => {
    const { account: registryId, name: repositoryName } = allowed.repository;
    return { registryId, repositoryName, policyText: await remove(app, allowed) };
  },
);

export default deleteRepositoryPolicy;
