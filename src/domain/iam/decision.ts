/** The outcome of asking whether a principal may do something, always with its reason. */
export interface Decision {
  readonly allowed: boolean;
  readonly reason: Reason;
}

/**
 * What decided: a statement of a policy, or the kind of policy that had no statement allowing the action. `detail` says
 * more than the caller is told; it is for the audit trail and for `stowage explain`.
 */
export interface Reason {
  readonly effect: 'allow' | 'explicit-deny' | 'implicit-deny';
  readonly policyType: 'identity-based' | 'resource-based';
  readonly policy?: string | undefined;
  readonly statement?: string | undefined;
  readonly detail: string;
}

export interface AccessRequest {
  readonly principal: { readonly arn: string; readonly account: string; readonly administrator: boolean };
  /** As in policies: `ecr:PutImage`. */
  readonly action: string;
  /** ARN, or `*` for actions on the registry as a whole. */
  readonly resource: string;
  readonly resourceAccount: string;
}

/**
 * Decides a request. For now there is one rule: an account's administrator may do everything in the account, and nobody
 * else may do anything. The shape of request, decision and reason is that of the whole policy engine.
 */
export function decide(request: AccessRequest): Decision {
  const { principal, resourceAccount } = request;
  if (principal.account !== resourceAccount) {
    const detail = `no policy of account ${resourceAccount} lets ${principal.arn} in`;
    return { allowed: false, reason: { effect: 'implicit-deny', policyType: 'resource-based', detail } };
  }
  if (!principal.administrator) {
    const detail = `${principal.arn} has no policy that allows ${request.action}`;
    return { allowed: false, reason: { effect: 'implicit-deny', policyType: 'identity-based', detail } };
  }
  return {
    allowed: true,
    reason: {
      effect: 'allow',
      policyType: 'identity-based',
      policy: 'arn:aws:iam::aws:policy/AdministratorAccess',
      statement: '1',
      detail: 'the administrator of an account may do everything in it',
    },
  };
}

/** A denial in AWS's words (IAM user guide, "Troubleshoot access denied error messages"). */
export function denialText(request: AccessRequest, reason: Reason): string {
  const { action, resource, principal } = request;
  const cause =
    reason.effect === 'explicit-deny'
      ? `with an explicit deny in ${reason.policyType === 'identity-based' ? 'an' : 'a'} ${reason.policyType} policy`
      : `because no ${reason.policyType} policy allows the ${action} action`;
  return `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource} ${cause}`;
}
