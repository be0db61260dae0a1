import { describe, expect, test } from 'vitest';
import type { Principal } from '../principal.ts';
import type { CompiledPolicy } from './compile.ts';
import { decide, type AccessRequest, type Reason } from './decide.ts';
import {
  anonymous,
  contextOf,
  federatedOf,
  home,
  other,
  policyOf,
  repository,
  rootOf,
  serviceOf,
  sessionOf,
  statement,
  userOf,
} from './test-requests.ts';

const allows = policyOf([statement('Allow')], { name: 'allows' });
const denies = policyOf([statement('Deny')], { name: 'denies' });
const silent = policyOf([statement('Allow', { Action: 's3:*' })], { name: 'silent' });

const ofResource = (principal: unknown, members = {}): CompiledPolicy =>
  policyOf([statement('Allow', { Principal: principal, ...members })], { name: 'resource' });

function ask(principal: Principal, more: Partial<AccessRequest> = {}): string {
  const { allowed, reason } = decide({
    principal,
    action: 'ecr:PutImage',
    resource: repository,
    resourceAccount: home,
    context: contextOf({}),
    ...more,
  });
  expect(allowed).toBe(reason.effect === 'allow');
  expect(reason.detail).not.toBe('');
  return `${reason.effect} ${reason.policyType}`;
}

describe('in the own account', () => {
  test.each([
    ['nothing', {}, 'implicit-deny identity-based'],
    ['an identity policy', { identity: [allows] }, 'allow identity-based'],
    ['one of two', { identity: [silent, allows] }, 'allow identity-based'],
    ['a deny beside it', { identity: [allows, denies] }, 'explicit-deny identity-based'],
    ['a boundary that allows', { identity: [allows], boundary: allows }, 'allow identity-based'],
    ['a boundary that does not', { identity: [allows], boundary: silent }, 'implicit-deny permissions-boundary'],
    ['a boundary that denies', { identity: [allows], boundary: denies }, 'explicit-deny permissions-boundary'],
    ['a boundary alone', { boundary: allows }, 'implicit-deny identity-based'],
    ['a session policy that allows', { identity: [allows], session: [silent, allows] }, 'allow identity-based'],
    ['a session policy that does not', { identity: [allows], session: [silent] }, 'implicit-deny session'],
    ['a session policy that denies', { identity: [allows], session: [denies] }, 'explicit-deny session'],
    ['a session with no policies', { identity: [allows], session: [] }, 'implicit-deny session'],
  ])('%s: %s', (_name, rights, expected) => {
    expect(ask(sessionOf(home, rights))).toBe(expected);
  });

  test.each([
    ['its ARN', userOf(home), userOf(home).arn, 'allow resource-based'],
    ['anyone', userOf(home), '*', 'allow resource-based'],
    ['its account', userOf(home), home, 'implicit-deny identity-based'],
    ['the session ARN', sessionOf(home), sessionOf(home).arn, 'allow resource-based'],
    ['the role', sessionOf(home), `arn:aws:iam::${home}:role/ci/builder`, 'allow resource-based'],
    ['somebody else', userOf(home), userOf(home, {}, 'bob').arn, 'implicit-deny identity-based'],
    ['the federated user', federatedOf(home), federatedOf(home).arn, 'allow resource-based'],
    ['the user behind it', federatedOf(home), userOf(home).arn, 'implicit-deny session'],
  ])('the resource names %s', (_name, principal, written, expected) => {
    expect(ask(principal, { resourcePolicies: [ofResource({ AWS: written })] })).toBe(expected);
  });

  test('who is named directly is not limited by what boundary and session policy lack', () => {
    const lacking = { boundary: silent, session: [silent] };
    const named = (written: string): string =>
      ask(sessionOf(home, lacking), { resourcePolicies: [ofResource({ AWS: written })] });
    expect(named(sessionOf(home).arn)).toBe('allow resource-based');
    expect(named('*')).toBe('allow resource-based');
    expect(named(`arn:aws:iam::${home}:role/ci/builder`)).toBe('implicit-deny permissions-boundary');
    expect(named(home)).toBe('implicit-deny identity-based');
  });

  test('but a deny anywhere still wins', () => {
    const resourcePolicies = [ofResource('*')];
    expect(ask(sessionOf(home, { session: [denies] }), { resourcePolicies })).toBe('explicit-deny session');
    expect(ask(userOf(home, { identity: [denies] }), { resourcePolicies })).toBe('explicit-deny identity-based');
  });

  test('a user behind a federated session is limited by the session policy', () => {
    const resourcePolicies = [ofResource({ AWS: userOf(home).arn })];
    expect(ask(federatedOf(home, { session: [allows] }), { resourcePolicies })).toBe('allow resource-based');
  });

  test('two policies of the resource are one layer', () => {
    const user = ofResource({ AWS: userOf(home).arn });
    const everybody = policyOf([statement('Deny', { Principal: '*' })]);
    expect(ask(userOf(home), { resourcePolicies: [silent, user] })).toBe('allow resource-based');
    expect(ask(userOf(home), { resourcePolicies: [user, everybody] })).toBe('explicit-deny resource-based');
  });

  test('policies of the resource are not read where that is the rule', () => {
    const resourcePolicies = [ofResource('*'), policyOf([statement('Deny', { Principal: '*' })])];
    const none = { resourcePolicies, resourceRule: 'none' as const };
    expect(ask(userOf(home), none)).toBe('implicit-deny identity-based');
    expect(ask(userOf(home, { identity: [allows] }), none)).toBe('allow identity-based');
  });
});

describe('in another account', () => {
  const identity = [allows];
  const resourcePolicies = [ofResource({ AWS: other })];

  test.each([
    ['no side allows', {}, {}, 'implicit-deny resource-based'],
    ['only the own side allows', { identity }, {}, 'implicit-deny resource-based'],
    ['only the resource allows', {}, { resourcePolicies }, 'implicit-deny identity-based'],
    ['both allow', { identity }, { resourcePolicies }, 'allow resource-based'],
    ['a boundary does not', { identity, boundary: silent }, { resourcePolicies }, 'implicit-deny permissions-boundary'],
    ['a session policy does not', { identity, session: [silent] }, { resourcePolicies }, 'implicit-deny session'],
    ['the own side denies', { identity: [denies] }, { resourcePolicies }, 'explicit-deny identity-based'],
  ])('%s', (_name, rights, more, expected) => {
    expect(ask(sessionOf(other, rights), more)).toBe(expected);
  });

  test('being named directly is not enough', () => {
    expect(ask(userOf(other), { resourcePolicies: [ofResource({ AWS: userOf(other).arn })] })).toBe(
      'implicit-deny identity-based',
    );
    expect(ask(userOf(other), { resourcePolicies: [ofResource('*')] })).toBe('implicit-deny identity-based');
  });

  test('the root of another account needs only the resource', () => {
    expect(ask(rootOf(other))).toBe('implicit-deny resource-based');
    expect(ask(rootOf(other), { resourcePolicies })).toBe('allow resource-based');
  });

  test('nobody in particular needs only to be anyone', () => {
    expect(ask(anonymous)).toBe('implicit-deny resource-based');
    expect(ask(anonymous, { resourcePolicies: [ofResource({ AWS: home })] })).toBe('implicit-deny resource-based');
    expect(ask(anonymous, { resourcePolicies: [ofResource('*')] })).toBe('allow resource-based');
  });
});

test('the root of an account may do everything in it but what is denied around it', () => {
  const denied = policyOf([statement('Deny', { Principal: '*' })]);
  expect(ask(rootOf(home))).toBe('allow identity-based');
  expect(ask(rootOf(home), { resourcePolicies: [denied] })).toBe('explicit-deny resource-based');
  expect(ask(rootOf(home), { serviceControl: [[denies]] })).toBe('explicit-deny service-control');
  expect(ask(rootOf(home), { endpoint: silent })).toBe('implicit-deny vpc-endpoint');
});

describe('limits around', () => {
  const user = userOf(home, { identity: [allows] });

  test('each level of the organisation must allow', () => {
    expect(ask(user, { serviceControl: [[allows], [silent, allows]] })).toBe('allow identity-based');
    expect(ask(user, { serviceControl: [[allows], [silent]] })).toBe('implicit-deny service-control');
    expect(ask(user, { serviceControl: [[]] })).toBe('implicit-deny service-control');
    expect(ask(user, { serviceControl: [[allows, denies]] })).toBe('explicit-deny service-control');
    expect(ask(user, { resourceControl: [[silent]] })).toBe('implicit-deny resource-control');
    expect(ask(user, { resourceControl: [[denies, allows]] })).toBe('explicit-deny resource-control');
  });

  test('the endpoint must allow whoever comes through it', () => {
    const endpoint = (principal: unknown): CompiledPolicy => ofResource(principal);
    expect(ask(user, { endpoint: endpoint('*') })).toBe('allow identity-based');
    expect(ask(user, { endpoint: endpoint({ AWS: home }) })).toBe('allow identity-based');
    expect(ask(user, { endpoint: endpoint({ AWS: other }) })).toBe('implicit-deny vpc-endpoint');
    expect(ask(user, { endpoint: denies })).toBe('explicit-deny vpc-endpoint');
  });

  test('where several deny, the first is told: resource, organisation, endpoint, identity, boundary, session', () => {
    const all: Partial<AccessRequest> = { serviceControl: [[denies]], resourceControl: [[denies]], endpoint: denies };
    const rights = { identity: [denies], boundary: denies, session: [denies] };
    const { serviceControl: _, ...withoutControl } = all;
    expect(ask(sessionOf(home, rights), { ...all, resourcePolicies: [denies] })).toBe('explicit-deny resource-based');
    expect(ask(sessionOf(home, rights), all)).toBe('explicit-deny service-control');
    expect(ask(sessionOf(home, rights), withoutControl)).toBe('explicit-deny resource-control');
    expect(ask(sessionOf(home, rights), { endpoint: denies })).toBe('explicit-deny vpc-endpoint');
    expect(ask(sessionOf(home, rights))).toBe('explicit-deny identity-based');
    expect(ask(sessionOf(home, { ...rights, identity: [] }))).toBe('explicit-deny permissions-boundary');
  });
});

describe('a role is assumed', () => {
  const assume = (principal: Principal, written: unknown, more: Partial<AccessRequest> = {}): string =>
    ask(principal, {
      action: 'sts:AssumeRole',
      resource: `arn:aws:iam::${home}:role/target`,
      resourceRule: 'explicit-trust',
      resourcePolicies: [
        policyOf([{ Effect: 'Allow', Principal: written, Action: 'sts:AssumeRole' }], { name: 'trust', resource: '*' }),
      ],
      ...more,
    });
  const identity = [policyOf([statement('Allow', { Action: 'sts:*' })])];

  test('an identity policy counts only where the trust policy lets the account in', () => {
    expect(assume(userOf(home, { identity }), { AWS: other })).toBe('implicit-deny trust');
    expect(assume(userOf(home, { identity }), { AWS: home })).toBe('allow identity-based');
    expect(assume(userOf(home), { AWS: home })).toBe('implicit-deny identity-based');
  });

  test('who is named directly needs no other policy, in the same account', () => {
    expect(assume(userOf(home), { AWS: userOf(home).arn })).toBe('allow trust');
    expect(assume(userOf(other), { AWS: userOf(other).arn })).toBe('implicit-deny identity-based');
    expect(assume(userOf(other, { identity }), { AWS: other })).toBe('allow trust');
  });

  test('the root is let in only as everybody else', () => {
    expect(assume(rootOf(home), { AWS: home })).toBe('allow trust');
    expect(assume(rootOf(home), { AWS: userOf(home).arn })).toBe('implicit-deny trust');
  });

  test('a service takes roles of its own account that trust it', () => {
    const service = { Service: 'lambda.amazonaws.com' };
    expect(assume(serviceOf(home), service)).toBe('allow trust');
    expect(assume(serviceOf(home, 'ecs.amazonaws.com'), service)).toBe('implicit-deny trust');
    expect(assume(serviceOf(other), service)).toBe('implicit-deny trust');
  });

  test('a key is under its policy in the same way, with another name', () => {
    const resourcePolicies = [ofResource({ AWS: other }, { Action: 'kms:*' })];
    expect(assume(rootOf(home), '*', { action: 'kms:Decrypt', resourcePolicies })).toBe('implicit-deny resource-based');
  });
});

describe('a service', () => {
  const service = { Service: 'lambda.amazonaws.com' };
  const bound = (operator: string, key: string, value: string): Partial<AccessRequest> => ({
    context: contextOf({
      'aws:SourceArn': `arn:aws:lambda:eu-west-1:${other}:function:web`,
      'aws:SourceAccount': other,
    }),
    resourcePolicies: [ofResource(service, { Condition: { [operator]: { [key]: value } } })],
  });

  test('is let in by its name', () => {
    expect(ask(serviceOf(home))).toBe('implicit-deny resource-based');
    expect(ask(serviceOf(home), { resourcePolicies: [ofResource('*')] })).toBe('implicit-deny resource-based');
    expect(ask(serviceOf(home), { resourcePolicies: [ofResource({ AWS: home })] })).toBe(
      'implicit-deny resource-based',
    );
    expect(ask(serviceOf(home), { resourcePolicies: [ofResource(service)] })).toBe('allow resource-based');
    expect(ask(serviceOf(home), { resourcePolicies: [ofResource('*'), ofResource(service)] })).toBe(
      'allow resource-based',
    );
  });

  test.each([
    ['StringEquals', 'aws:SourceAccount', other, true],
    ['ArnLike', 'AWS:SourceArn', `arn:aws:lambda:*:${other}:function:*`, true],
    ['StringLike', 'aws:SourceArn', '*', false],
    ['StringEqualsIfExists', 'aws:SourceAccount', other, false],
    ['StringNotEquals', 'aws:SourceAccount', home, false],
    ['Null', 'aws:SourceArn', 'false', false],
    ['StringEquals', 'aws:SourceAccount', home, false],
  ])('from another account, with %s on %s %s: %s', (operator, key, value, expected) => {
    const outcome = ask(serviceOf(other), bound(operator, key, value));
    expect(outcome).toBe(`${expected ? 'allow' : 'implicit-deny'} resource-based`);
  });

  test('from another account is not let in without such a condition', () => {
    expect(ask(serviceOf(other), { resourcePolicies: [ofResource(service)] })).toBe('implicit-deny resource-based');
  });

  test('is denied by what denies everybody, and not under the organisation of an account', () => {
    const denied = policyOf([statement('Deny', { Principal: '*' })]);
    const resourcePolicies = [ofResource(service)];
    expect(ask(serviceOf(home), { resourcePolicies: [...resourcePolicies, denied] })).toBe(
      'explicit-deny resource-based',
    );
    expect(ask(serviceOf(home), { resourcePolicies, serviceControl: [[denies]] })).toBe('allow resource-based');
    expect(ask(serviceOf(home), { resourcePolicies, endpoint: silent })).toBe('implicit-deny vpc-endpoint');
  });

  test('may always ask for a login token', () => {
    const token = { action: 'ecr:GetAuthorizationToken', resource: '*', resourceRule: 'none' as const };
    expect(ask(serviceOf(home), token)).toBe('allow identity-based');
    expect(ask(serviceOf(home), { ...token, endpoint: denies })).toBe('explicit-deny vpc-endpoint');
  });
});

test('who one is may be asked against any deny', () => {
  const everything = policyOf([statement('Deny', { Action: '*' })]);
  const question = { action: 'sts:GetCallerIdentity', resource: '*', endpoint: everything, serviceControl: [[]] };
  expect(ask(userOf(home, { identity: [everything] }), question)).toBe('allow identity-based');
});

test('a login token for a repository alone is denied: the action has no resource', () => {
  const narrow = policyOf([statement('Allow', { Resource: repository })]);
  expect(ask(userOf(home, { identity: [narrow] }), { action: 'ecr:GetAuthorizationToken', resource: '*' })).toBe(
    'implicit-deny identity-based',
  );
});

test('the reason names the policy and the statement that decided', () => {
  const policy = policyOf(
    [statement('Allow', { Sid: 'Pulls', Action: 'ecr:BatchGetImage' }), statement('Allow', { Action: 'ecr:PutImage' })],
    { name: 'arn:aws:iam::111122223333:policy/push' },
  );
  const reasonOf = (action: string): Reason =>
    decide({
      principal: userOf(home, { identity: [policy] }),
      action,
      resource: repository,
      resourceAccount: home,
      context: contextOf({}),
    }).reason;
  expect(reasonOf('ecr:BatchGetImage')).toMatchObject({ policy: policy.name, statement: 'Pulls' });
  expect(reasonOf('ecr:PutImage')).toMatchObject({ policy: policy.name, statement: '2' });
});

test('an absent Resource is what the policy is compiled for; without that it is nothing, or for a Deny everything', () => {
  const pulls = { Effect: 'Allow', Principal: '*', Action: 'ecr:*' };
  const asked = (effect: string, resource?: string): string =>
    ask(userOf(home), {
      resourcePolicies: [policyOf([{ ...pulls, Effect: effect }], resource === undefined ? {} : { resource })],
    });
  expect(asked('Allow', repository)).toBe('allow resource-based');
  expect(asked('Allow', `${repository}-2`)).toBe('implicit-deny identity-based');
  expect(asked('Allow')).toBe('implicit-deny identity-based');
  expect(asked('Deny')).toBe('explicit-deny resource-based');
});

test('a statement of a resource that names nobody allows nobody and denies everybody', () => {
  const nobody = (effect: 'Allow' | 'Deny') => ({ resourcePolicies: [policyOf([statement(effect)])] });
  expect(ask(userOf(home), nobody('Allow'))).toBe('implicit-deny identity-based');
  expect(ask(userOf(home, { identity: [allows] }), nobody('Deny'))).toBe('explicit-deny resource-based');
});
