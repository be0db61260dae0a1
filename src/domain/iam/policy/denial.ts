import type { AccessRequest, PolicyType, Reason } from './decide.ts';
import { splitArn } from './arns.ts';

/** The kinds of policies in AWS's words, with their article. */
const names: Readonly<Record<PolicyType, readonly [article: string, name: string]>> = {
  'identity-based': ['an', 'identity-based policy'],
  'resource-based': ['a', 'resource-based policy'],
  'permissions-boundary': ['a', 'permissions boundary'],
  session: ['a', 'session policy'],
  'vpc-endpoint': ['a', 'VPC endpoint policy'],
  'service-control': ['a', 'service control policy'],
  'resource-control': ['a', 'resource control policy'],
  trust: ['the', 'role trust policy'],
};

/** The kinds whose ARN AWS tells since January 2026. */
const told: ReadonlySet<PolicyType> = new Set([
  'identity-based',
  'permissions-boundary',
  'session',
  'service-control',
  'resource-control',
]);

/**
 * A denial in AWS's words (IAM user guide, "Troubleshoot access denied error messages"). The ARN of the policy that denies
 * is told only to callers of the resource's own account, and never which statement it was. Inline policies have no ARN.
 */
export function denialText(
  { principal, action, resource }: Pick<AccessRequest, 'principal' | 'action' | 'resource'>,
  { effect, policyType, policy }: Reason,
): string {
  const [article, name] = names[policyType];
  const start = `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource}`;
  if (effect !== 'explicit-deny') return `${start} because no ${name} allows the ${action} action`;
  const ending = tellsPolicy(policyType, policy) && isOwn(principal.account, resource) ? `: ${policy}` : '';
  return `${start} with an explicit deny in ${article} ${name}${ending}`;
}

function tellsPolicy(policyType: PolicyType, policy: string | undefined): policy is string {
  return told.has(policyType) && policy !== undefined && splitArn(policy)?.[2] !== undefined;
}

/** `*` is the caller's own account, and so is an ARN without an account. */
function isOwn(account: string, resource: string): boolean {
  const owner = splitArn(resource)?.[4] ?? '';
  return owner === '' || owner === account;
}
