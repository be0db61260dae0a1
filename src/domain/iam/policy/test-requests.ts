/** Principals and policies for the tests of this folder. */
import type { Principal } from '../principal.ts';
import { compilePolicy, type CompiledPolicy, type CompileOptions } from './compile.ts';
import type { Context } from './context.ts';
import { readPolicyDocument } from './document.ts';

export const [home, other] = ['111122223333', '444455556666'];
export const repository = `arn:aws:ecr:eu-west-1:${home}:repository/team/web`;

type Values = Readonly<Record<string, string | readonly string[]>>;

export function contextOf(values: Values): Context {
  const byKey = new Map(Object.entries(values).map(([key, value]) => [key.toLowerCase(), value]));
  return { get: (key) => byKey.get(key) };
}

/** Statements of version 2012-10-17, compiled. */
export function policyOf(
  statements: unknown,
  { version = '2012-10-17', ...options }: Partial<CompileOptions> & { version?: string } = {},
): CompiledPolicy {
  const text = JSON.stringify({ Version: version, Statement: statements });
  return compilePolicy(readPolicyDocument(text), { name: 'policy', ...options });
}

/** A statement with what is seldom of interest filled in. */
export function statement(effect: 'Allow' | 'Deny', members: Readonly<Record<string, unknown>> = {}): unknown {
  const elements = Object.keys(members);
  return {
    Effect: effect,
    ...(!elements.includes('NotAction') && { Action: 'ecr:*' }),
    ...(!elements.includes('NotResource') && { Resource: '*' }),
    ...members,
  };
}

const rights: Principal['rights'] = { identity: [], boundary: undefined, session: undefined, tags: new Map() };
const common = { rights, accessKeyId: 'AKIAEXAMPLE' };

type Some = Partial<Principal['rights']>;

export function userOf(account: string, some: Some = {}, name = 'alice', id = 'AIDAALICE'): Principal {
  const arn = `arn:aws:iam::${account}:user/${name}`;
  return { ...common, arn, account, id, type: 'User', name, user: { arn, id, name }, rights: { ...rights, ...some } };
}

export function sessionOf(account: string, some: Some = {}, id = 'AROABUILDER'): Principal {
  return {
    ...common,
    arn: `arn:aws:sts::${account}:assumed-role/builder/run`,
    account,
    id: `${id}:run`,
    type: 'AssumedRole',
    name: 'run',
    role: { arn: `arn:aws:iam::${account}:role/ci/builder`, id, name: 'builder' },
    rights: { ...rights, ...some },
  };
}

export function federatedOf(account: string, some: Some = {}): Principal {
  const { user } = userOf(account);
  return {
    ...common,
    arn: `arn:aws:sts::${account}:federated-user/carol`,
    account,
    id: `${account}:carol`,
    type: 'FederatedUser',
    name: 'carol',
    user,
    rights: { ...rights, session: [], ...some },
  };
}

export function rootOf(account: string): Principal {
  return { ...common, arn: `arn:aws:iam::${account}:root`, account, id: account, type: 'Account', name: 'root' };
}

export function serviceOf(account: string, name = 'lambda.amazonaws.com'): Principal {
  const sourceArn = `arn:aws:lambda:eu-west-1:${account}:function:web`;
  return { ...common, arn: name, account, id: name, type: 'Service', name, service: { name, sourceArn } };
}

export const anonymous: Principal = {
  ...common,
  arn: 'anonymous',
  account: '',
  id: 'anonymous',
  type: 'Anonymous',
  name: 'anonymous',
};
