/** A case as this project's engine decides it. */
import type { Identity, Principal, PrincipalType } from '../../src/domain/iam/principal.ts';
import { compilePolicy, type CompiledPolicy } from '../../src/domain/iam/policy/compile.ts';
import type { Context } from '../../src/domain/iam/policy/context.ts';
import { decide, type AccessRequest, type Decision } from '../../src/domain/iam/policy/decide.ts';
import { readPolicyDocument } from '../../src/domain/iam/policy/document.ts';
import type { Caller, CallerKind, OracleCase, PolicyText, Verdict } from './case.ts';

export function decideCase(one: OracleCase): Decision {
  return decide(requestOf(one));
}

export function verdictOf({ allowed, reason }: Decision): Verdict {
  if (allowed) return 'A';
  return reason.effect === 'explicit-deny' ? 'E' : 'I';
}

/** The case as a request, with its policies compiled. */
export function requestOf(one: OracleCase): AccessRequest {
  const { action, resource, resourceAccount, resourcePolicy, serviceControl, endpoint } = one;
  return {
    principal: principalOf(one),
    action,
    resource,
    resourceAccount,
    context: contextOf(one),
    resourceRule: action.startsWith('kms:') ? 'explicit-trust' : 'additive',
    ...(resourcePolicy !== undefined && { resourcePolicies: [compile(resourcePolicy, 'resource')] }),
    ...(serviceControl !== undefined && { serviceControl: [[compile(serviceControl, 'control')]] }),
    ...(endpoint !== undefined && { endpoint: compile(endpoint, 'endpoint') }),
  };
}

function contextOf({ context }: OracleCase): Context {
  const values = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
  return { get: (key) => values.get(key) };
}

function compile(policy: PolicyText, name: string): CompiledPolicy {
  return compilePolicy(readPolicyDocument(JSON.stringify(policy)), { name });
}

const types: Readonly<Record<CallerKind, PrincipalType>> = {
  root: 'Account',
  user: 'User',
  role: 'AssumedRole',
  federated: 'FederatedUser',
  service: 'Service',
  anonymous: 'Anonymous',
};

function principalOf({ caller, identity, boundary, session }: OracleCase): Principal {
  return {
    arn: caller.arn,
    account: caller.account,
    id: 'AIDAEXAMPLE',
    type: types[caller.kind],
    name: nameOf(caller.arn),
    role: caller.kind === 'role' ? identityOf(caller.behind) : undefined,
    user: userOf(caller),
    rights: {
      identity: identity.map((policy, index) => compile(policy, `identity-${index}`)),
      boundary: boundary && compile(boundary, 'boundary'),
      session: session && [compile(session, 'session')],
      tags: new Map(),
    },
    accessKeyId: '',
  };
}

function userOf({ kind, arn, behind }: Caller): Identity | undefined {
  if (kind === 'user') return identityOf(arn);
  return kind === 'federated' ? identityOf(behind) : undefined;
}

const identityOf = (arn = ''): Identity => ({ arn, id: 'AIDAEXAMPLE', name: nameOf(arn) });

const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);
