import type { CreateRepositoryCommandInput as Input, CreateRepositoryCommandOutput as Output } from '@aws-sdk/client-ecr';
import { allowName } from '../../../core/authorize.ts';
import { createRepository as create } from '../../../core/repositories/create-repository.ts';
import { RegistryError } from '../../../domain/errors.ts';
import { registryOf, type Answer, type Operation } from '../../operation.ts';
import { describeRepository } from './describe.ts';

/** CreateRepository. Members whose effect is not built yet are refused unless they say what is the default anyway. */
export const createRepository: Operation<Input, Answer<Output>> = {
  handle: async (app, call, input) => {
    const allowed = allowName(call, 'ecr:CreateRepository', registryOf(call, input.registryId), input.repositoryName ?? '');
    refuseWithoutEffect(input);
    const scanOnPush = input.imageScanningConfiguration?.scanOnPush ?? false;
    const row = await create(app, call, allowed, { scanOnPush });
    return { repository: describeRepository(app, call, row) };
  },
};

function refuseWithoutEffect(input: Input): void {
  const { encryptionConfiguration: encryption, imageTagMutability: mutability } = input;
  const refuse = (member: string, feature: string): never => {
    throw new RegistryError('withoutEffect', { member, feature });
  };
  if (encryption?.kmsKey !== undefined) {
    if (encryption.encryptionType !== 'AES256') refuse('encryptionConfiguration', 'Encryption with KMS keys');
    const constraint = 'A KMS key cannot be specified with AES256 encryption';
    throw new RegistryError('invalidParameter', { field: 'encryptionConfiguration', constraint });
  }
  if (encryption && encryption.encryptionType !== 'AES256') refuse('encryptionConfiguration', 'Encryption with KMS keys');
  if (mutability !== undefined && mutability !== 'MUTABLE') refuse('imageTagMutability', `Tag mutability ${mutability}`);
  if (input.imageTagMutabilityExclusionFilters?.length) {
    refuse('imageTagMutabilityExclusionFilters', 'Exclusion from tag mutability');
  }
  if (input.tags?.length) refuse('tags', 'Tagging of repositories');
}
