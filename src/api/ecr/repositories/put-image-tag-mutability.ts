import type {
  PutImageTagMutabilityCommandInput as Input,
  PutImageTagMutabilityCommandOutput as Output,
} from '@aws-sdk/client-ecr';
import { putTagMutability } from '../../../core/repositories/put-tag-mutability.ts';
import { tagRule } from '../../../domain/tags/mutability.ts';
import { onRepository } from '../../operation.ts';

/** PutImageTagMutability: filters that are not given are dropped. */
export const putImageTagMutability = onRepository<'ecr:PutImageTagMutability', Input, Output>(
  'ecr:PutImageTagMutability',
  async (app, _call, allowed, input) => {
    const given = input.imageTagMutabilityExclusionFilters;
    const rule = tagRule(
      input.imageTagMutability,
      given?.map(({ filter }) => filter ?? ''),
    );
    await putTagMutability(app, allowed, rule);
    return {
      registryId: allowed.repository.account,
      repositoryName: allowed.repository.name,
      imageTagMutability: rule.mode,
      imageTagMutabilityExclusionFilters: rule.filters.length > 0 ? given : undefined,
    };
  },
);
