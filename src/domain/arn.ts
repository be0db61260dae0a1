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

/** ARN of an IAM role; `path` as of {@link userArn}. */
export function roleArn(role: { account: string; path: string; name: string }): string {
  return `arn:aws:iam::${role.account}:role${role.path}${role.name}`;
}

/** ARN of an IAM group; `path` as of {@link userArn}. */
export function groupArn(group: { account: string; path: string; name: string }): string {
  return `arn:aws:iam::${group.account}:group${group.path}${group.name}`;
}

/** ARN of a managed policy; the account of those that AWS manages is `aws`. `path` as of {@link userArn}. */
export function policyArn(policy: { account: string; path: string; name: string }): string {
  return `arn:aws:iam::${policy.account}:policy${policy.path}${policy.name}`;
}

/** ARN of a session of a role: it has the role's name without its path (IAM user guide, "IAM identifiers"). */
export function sessionArn(session: { account: string; role: string; name: string }): string {
  return `arn:aws:sts::${session.account}:assumed-role/${session.role}/${session.name}`;
}

/** ARN of a session of GetFederationToken. */
export function federatedUserArn(user: { account: string; name: string }): string {
  return `arn:aws:sts::${user.account}:federated-user/${user.name}`;
}

/** ARN of ours for who acts as a service in an account; AWS has none. */
export function serviceArn(service: { account: string; name: string }): string {
  return `arn:aws:iam::${service.account}:service/${service.name}`;
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

const pathInArn = /^(?:\/[\w.,+@=-]+)*\/$/;
const policyNameInArn = /^[\w+=,.@-]{1,128}$/;

/** The managed policy that an ARN names (account `aws`: one that AWS manages), or undefined where it is not the ARN of one. */
export function parsePolicyArn(arn: string): { account: string; path: string; name: string } | undefined {
  const [prefix, partition, service, region, account = '', resource = '', ...rest] = arn.split(':');
  const wellFormed = prefix === 'arn' && partition === 'aws' && service === 'iam' && region === '' && rest.length === 0;
  if (!wellFormed || !(account === 'aws' || isAccountId(account)) || !resource.startsWith('policy/')) return undefined;
  const slash = resource.lastIndexOf('/');
  const path = resource.slice('policy'.length, slash + 1);
  const name = resource.slice(slash + 1);
  if (!policyNameInArn.test(name) || path.length > 512 || !pathInArn.test(path)) return undefined;
  return { account, path, name };
}
