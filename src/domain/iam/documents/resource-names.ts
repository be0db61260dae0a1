import { partitions } from '../../regions.ts';
import { shown } from './refusals.ts';

/** Those of the regions that are known, and those of regions that nobody else reaches. */
const isPartition = (name: string): boolean =>
  partitions.some(({ id }) => id === name) || /^aws-iso(?:-[a-z])?$/.test(name);

const iamPaths = [
  ...['user/', 'federated-user/', 'role/', 'group/', 'instance-profile/', 'mfa/', 'server-certificate/', 'policy/'],
  ...['sms-mfa/', 'saml-provider/', 'oidc-provider/', 'report/', 'access-report/'],
];

/**
 * What IAM says of a Resource in a policy of users, groups and roles, or undefined where it has nothing to say. Names
 * of services are not looked up.
 */
export function resourceFault(resource: string): string | undefined {
  if (resource === '*') return undefined;
  const segments = resource.split(':');
  const [prefix, partition = '', service, region = '', account = ''] = segments;
  if (segments.length === 1) return notAnArn(resource);
  if (!isPartition(partition)) {
    if (prefix === 'arn' && failsLegacyParsing(resource)) return undefined;
    const completed = ['arn', ...segments.slice(1), '*', '*', '*', '*'].slice(0, Math.max(6, segments.length));
    return `Partition "${shown(partition)}" is not valid for resource "${shown(completed.join(':'))}".`;
  }
  if (prefix !== 'arn') return notAnArn(resource);
  if (service === undefined || /[*?]/.test(service))
    return 'Resource vendor must be fully qualified and cannot contain regexes.';
  if (service === 'iam') return iamFault(resource, region, segments.slice(5).join(':'));
  // Access points and jobs of S3 have a region, and an account with it; buckets have neither.
  if (service === 's3' && region !== '' && account === '')
    return `Resource ${shown(resource)} can not contain region information.`;
  return undefined;
}

const notAnArn = (resource: string): string => `Resource ${shown(resource)} must be in ARN format or "*".`;

function iamFault(resource: string, region: string, path: string): string | undefined {
  if (region !== '') return `IAM resource ${shown(resource)} cannot contain region information.`;
  if (failsLegacyParsing(resource)) return undefined;
  const literal = path.slice(0, Math.max(0, path.search(/[*?]/)));
  const known =
    path === '*' ||
    path === 'root' ||
    iamPaths.some((start) => path.startsWith(start) || (literal !== '' && start.startsWith(literal)));
  return known ? undefined : `IAM resource path must either be "*", root, or start with ${iamPaths.join(', ')}.`;
}

/**
 * What IAM refuses without saying why: an ARN that lacks segments or its service, that has a variable before its fifth
 * colon, or letters where the account stands that no account has (a placeholder that was forgotten).
 */
export function failsLegacyParsing(resource: string): boolean {
  if (resource === '*') return false;
  const segments = resource.split(':');
  if (segments[2] === '') return true;
  if (segments.length < 6) return resource.includes('::');
  return segments.slice(0, 5).some((segment) => segment.includes('${')) || /[A-Z<>\s]/.test(segments[4] ?? '');
}
