import type { Repository } from '@aws-sdk/client-ecr';
import type { Call, Uses } from '../../../core/app.ts';
import type { AllowedOn } from '../../../core/authorize.ts';
import { tagRuleOf } from '../../../core/repositories/tag-rule.ts';
import { nameRegistry } from '../../../core/registry-names.ts';
import { repositoryArn } from '../../../domain/arn.ts';

type Row = AllowedOn<string>['repository'];

/** A repository as the ECR API shows it. */
export function describeRepository(app: Uses<'naming'>, call: Call, row: Row): Repository {
  const { filters } = tagRuleOf(row);
  return {
    repositoryArn: repositoryArn(row),
    registryId: row.account,
    repositoryName: row.name,
    repositoryUri: `${nameRegistry(app, call, row).uri}/${row.name}`,
    createdAt: new Date(row.created_at),
    imageTagMutability: row.tag_mutability as NonNullable<Repository['imageTagMutability']>,
    imageTagMutabilityExclusionFilters:
      filters.length > 0 ? filters.map((filter) => ({ filterType: 'WILDCARD', filter })) : undefined,
    imageScanningConfiguration: { scanOnPush: row.scan_on_push === 1 },
    encryptionConfiguration: { encryptionType: row.encryption_type as 'AES256' },
  };
}
