import type { Principal } from '../principal.ts';
import type { CompiledPolicy } from './compile.ts';
import type { Context } from './context.ts';
import {
  askOf,
  findNaming,
  findStatement,
  type Addressing,
  type Asked,
  type Found,
  type FoundNaming,
} from './layer.ts';

/** The decision on a request (IAM user guide, "Policy evaluation logic"). */

export interface AccessRequest {
  /** Its rights are the identity policies, the boundary and the session policies of the decision. */
  readonly principal: Principal;
  /** As in policies: `ecr:PutImage`. */
  readonly action: string;
  /** ARN, or `*` for actions that have no resource. */
  readonly resource: string;
  readonly resourceAccount: string;
  readonly context: Context;
  /** One layer: the policies of a repository and of its registry, or the trust policy of a role. */
  readonly resourcePolicies?: readonly CompiledPolicy[];
  /**
   * `explicit-trust`: identity policies count only where the resource policy lets the account in (trust policies, key
   * policies). `none`: resource policies are not read.
   */
  readonly resourceRule?: 'additive' | 'explicit-trust' | 'none';
  readonly endpoint?: CompiledPolicy;
  /** From the root of the organisation down, the policies of each level. */
  readonly serviceControl?: readonly (readonly CompiledPolicy[])[];
  readonly resourceControl?: readonly (readonly CompiledPolicy[])[];
}

export type PolicyType =
  | 'identity-based'
  | 'resource-based'
  | 'permissions-boundary'
  | 'session'
  | 'vpc-endpoint'
  | 'service-control'
  | 'resource-control'
  | 'trust';

/**
 * What decided: a statement of a policy, or the kind of policy that had none. `detail` says more than the caller is told;
 * it is for the audit trail and for `stowage explain`.
 */
export interface Reason {
  readonly effect: 'allow' | 'explicit-deny' | 'implicit-deny';
  readonly policyType: PolicyType;
  /** ARN or name of the policy. */
  readonly policy?: string | undefined;
  /** Its Sid, or its number from 1 on. */
  readonly statement?: string | undefined;
  readonly detail: string;
}

export interface Decision {
  readonly allowed: boolean;
  readonly reason: Reason;
}

/** A kind of policy that takes part in a decision. */
export interface Layer {
  readonly policyType: PolicyType;
  readonly policies: readonly CompiledPolicy[];
  readonly addressing: Addressing;
}

/**
 * Decides a request: explicit denies first, then the limits around (organisation, endpoint), then whether the policies of
 * resource and principal together allow it. Pure, and never throws.
 */
export function decide(request: AccessRequest): Decision {
  const asked = askOf(request);
  if (asked.action === 'sts:getcalleridentity') return allow('identity-based', 'who one is may be asked by everybody');
  return findDeny(request, asked) ?? findMissingLimit(request, asked) ?? decideAllowed(request, asked);
}

/** The layers of a decision in the order in which a deny among them is reported. */
export function layersOf(request: AccessRequest): Layer[] {
  const { rights, type } = request.principal;
  const layers: Layer[] = [];
  const add = (policyType: PolicyType, policies: readonly CompiledPolicy[], addressing: Addressing): void => {
    if (policies.length > 0) layers.push({ policyType, policies, addressing });
  };
  add(resourceType(request), readResourcePolicies(request), 'names principals');
  if (type !== 'Service') add('service-control', (request.serviceControl ?? []).flat(), 'of the principal');
  add('resource-control', (request.resourceControl ?? []).flat(), 'of the principal');
  if (request.endpoint !== undefined) add('vpc-endpoint', [request.endpoint], 'names principals');
  add('identity-based', rights.identity, 'of the principal');
  if (rights.boundary !== undefined) add('permissions-boundary', [rights.boundary], 'of the principal');
  if (rights.session !== undefined) add('session', rights.session, 'of the principal');
  return layers;
}

function findDeny(request: AccessRequest, asked: Asked): Decision | undefined {
  for (const { policyType, policies, addressing } of layersOf(request)) {
    const found = findStatement(policies, 'denies', asked, addressing);
    if (found !== undefined) return deny(policyType, found);
  }
  return undefined;
}

/** The limits that no other policy makes up for: each level of the organisation, and the endpoint, must allow. */
function findMissingLimit(request: AccessRequest, asked: Asked): Decision | undefined {
  const { principal, serviceControl = [], resourceControl = [], endpoint } = request;
  const allows = (policies: readonly CompiledPolicy[], addressing: Addressing): boolean =>
    findStatement(policies, 'allows', asked, addressing) !== undefined;
  const each = (levels: readonly (readonly CompiledPolicy[])[]): boolean =>
    levels.every((level) => allows(level, 'of the principal'));
  if (principal.type !== 'Service' && !each(serviceControl)) return missing('service-control', request);
  if (!each(resourceControl)) return missing('resource-control', request);
  if (endpoint !== undefined && !allows([endpoint], 'names principals')) return missing('vpc-endpoint', request);
  return undefined;
}

function decideAllowed(request: AccessRequest, asked: Asked): Decision {
  const { principal, resourceAccount, resourceRule } = request;
  if (principal.type === 'Service') return decideService(request, asked);
  const named = findNaming(readResourcePolicies(request), asked);
  if (principal.type === 'Anonymous')
    return named ? allowedBy(resourceType(request), named) : missing(resourceType(request), request);
  if (principal.account !== resourceAccount) return decideFromOutside(request, asked, named);
  if (resourceRule === 'explicit-trust') {
    return named === undefined ? missing(resourceType(request), request) : decideNamed(request, asked, named);
  }
  return named === undefined ? decideByOwn(request, asked) : decideNamed(request, asked, named);
}

/** Of the same account, and named by a policy of the resource. */
function decideNamed(request: AccessRequest, asked: Asked, named: FoundNaming): Decision {
  if (named.naming === 'account') return decideByOwn(request, asked);
  const lacking = named.naming === 'limited' ? findMissingNarrowing(request, asked) : undefined;
  return lacking === undefined ? allowedBy(resourceType(request), named) : missing(lacking, request);
}

/** Of another account: both sides must allow, however the resource's policy names the principal. */
function decideFromOutside(request: AccessRequest, asked: Asked, named: FoundNaming | undefined): Decision {
  if (named === undefined) return missing(resourceType(request), request);
  const own = decideByOwn(request, asked);
  return own.allowed ? allowedBy(resourceType(request), named) : own;
}

/** What the principal's own policies say. The root of an account has every right in it. */
function decideByOwn(request: AccessRequest, asked: Asked): Decision {
  const { principal } = request;
  const root = principal.type === 'Account';
  const found = root ? undefined : findStatement(principal.rights.identity, 'allows', asked, 'of the principal');
  if (!root && found === undefined) return missing('identity-based', request);
  const lacking = findMissingNarrowing(request, asked);
  if (lacking !== undefined) return missing(lacking, request);
  return found === undefined
    ? allow('identity-based', `the root of account ${principal.account} has every right in it`)
    : allowedBy('identity-based', found);
}

/** The boundary and the session policies only narrow: each that is there must allow. */
function findMissingNarrowing({ principal }: AccessRequest, asked: Asked): PolicyType | undefined {
  const { boundary, session } = principal.rights;
  if (boundary !== undefined && findStatement([boundary], 'allows', asked, 'of the principal') === undefined)
    return 'permissions-boundary';
  if (session !== undefined && findStatement(session, 'allows', asked, 'of the principal') === undefined)
    return 'session';
  return undefined;
}

/**
 * A service has no policies of its own. It may ask for a login token; everything else is for a policy of the resource that
 * names it, and in another account that is bound to whom the service acts for. Roles of other accounts are not for it.
 */
function decideService(request: AccessRequest, asked: Asked): Decision {
  const { principal, resourceAccount, resourceRule } = request;
  const outside = principal.account !== resourceAccount;
  if (asked.action === 'ecr:getauthorizationtoken' && !outside)
    return allow('identity-based', 'a service may always ask for a login token');
  if (outside && resourceRule === 'explicit-trust') return missing('trust', request);
  const named = findNaming(
    readResourcePolicies(request),
    asked,
    (statement, naming) => naming === 'direct' && (!outside || statement.boundToSource),
  );
  return named ? allowedBy(resourceType(request), named) : missing(resourceType(request), request);
}

function readResourcePolicies({ resourcePolicies = [], resourceRule }: AccessRequest): readonly CompiledPolicy[] {
  return resourceRule === 'none' ? [] : resourcePolicies;
}

function resourceType({ resourceRule, action }: AccessRequest): PolicyType {
  return resourceRule === 'explicit-trust' && action.startsWith('sts:') ? 'trust' : 'resource-based';
}

function allow(policyType: PolicyType, detail: string): Decision {
  return { allowed: true, reason: { effect: 'allow', policyType, detail } };
}

function allowedBy(policyType: PolicyType, { policy, statement }: Found): Decision {
  const detail = `statement ${statement.label} of ${policy.name} allows it`;
  const reason: Reason = { effect: 'allow', policyType, policy: policy.name, statement: statement.label, detail };
  return { allowed: true, reason };
}

function deny(policyType: PolicyType, { policy, statement }: Found): Decision {
  const detail = `statement ${statement.label} of ${policy.name} denies it`;
  const reason: Reason = {
    effect: 'explicit-deny',
    policyType,
    policy: policy.name,
    statement: statement.label,
    detail,
  };
  return { allowed: false, reason };
}

function missing(policyType: PolicyType, { principal, action, resource }: AccessRequest): Decision {
  const detail = `no ${policyType} policy allows ${principal.arn} to do ${action} on ${resource}`;
  return { allowed: false, reason: { effect: 'implicit-deny', policyType, detail } };
}
