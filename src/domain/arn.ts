import { isAccountId, isRepositoryName } from './names.ts';
import { findPartition } from './regions.ts';

/** ARNs (IAM user guide, "Amazon Resource Names"). */

/** Partition of a region, as ARNs name it. */
export const partitionOf = (region: string): string => findPartition(region).id;

export function repositoryArn(repository: { account: string; region: string; name: string }): string {
  const { account, region, name } = repository;
  return `arn:${partitionOf(region)}:ecr:${region}:${account}:repository/${name}`;
}

/** ARN of an IAM user; `path` begins and ends with a slash. */
export function userArn(user: { account: string; path: string; name: string }): string {
  return `arn:aws:iam::${user.account}:user${user.path}${user.name}`;
}

/** The repository that an ARN names, or undefined where it is not the ARN of one. */
export function parseRepositoryArn(arn: string): { account: string; region: string; name: string } | undefined {
  const [prefix, partition, service, region = '', account = '', resource = '', ...rest] = arn.split(':');
  const name = resource.slice('repository/'.length);
  const wellFormed = prefix === 'arn' && service === 'ecr' && rest.length === 0 && partition === partitionOf(region);
  if (!wellFormed || !resource.startsWith('repository/') || !isAccountId(account) || !isRepositoryName(name))
    return undefined;
  return { account, region, name };
}
