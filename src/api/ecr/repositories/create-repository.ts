import type {
  CreateRepositoryCommandInput as Input,
  CreateRepositoryCommandOutput as Output,
} from '@aws-sdk/client-ecr';
import { allowName } from '../../../core/authorize.ts';
import { keysOfTags } from '../../../core/iam/request-context.ts';
import { createRepository as create } from '../../../core/repositories/create-repository.ts';
import { RegistryError } from '../../../domain/errors.ts';
import { tagRule } from '../../../domain/tags/mutability.ts';
import { registryOf, type Answer, type Operation } from '../../operation.ts';
import { describeRepository } from './describe.ts';
import { tagsIn } from './tag-resource.ts';

/** CreateRepository. Members whose effect is not built yet are refused unless they say what is the default anyway. */
export const createRepository: Operation<Input, Answer<Output>> = {
  handle: async (app, call, input) => {
    const registry = registryOf(call, input.registryId);
    const name = input.repositoryName ?? '';
    const tags = tagsIn(input.tags ?? []);
    const allowed = await allowName(app, call, 'ecr:CreateRepository', registry, name, keysOfTags(tags));
    if (tags.length > 0) await allowName(app, call, 'ecr:TagResource', registry, name, keysOfTags(tags));
    refuseWithoutEffect(input);
    const scanOnPush = input.imageScanningConfiguration?.scanOnPush ?? false;
    const filters = input.imageTagMutabilityExclusionFilters?.map(({ filter }) => filter ?? '');
    const rule = tagRule(input.imageTagMutability ?? 'MUTABLE', filters);
    const row = await create(app, call, allowed, { scanOnPush, tagRule: rule, tags });
    return { repository: describeRepository(app, call, row) };
  },
};

function refuseWithoutEffect(input: Input): void {
  const { encryptionConfiguration: encryption } = input;
  const refuse = (member: string, feature: string): never => {
    throw new RegistryError('withoutEffect', { member, feature });
  };
  if (encryption?.kmsKey !== undefined) {
    if (encryption.encryptionType !== 'AES256') refuse('encryptionConfiguration', 'Encryption with KMS keys');
    const constraint = 'A KMS key cannot be specified with AES256 encryption';
    throw new RegistryError('invalidParameter', { field: 'encryptionConfiguration', constraint });
  }
  if (encryption && encryption.encryptionType !== 'AES256')
    refuse('encryptionConfiguration', 'Encryption with KMS keys');
}
