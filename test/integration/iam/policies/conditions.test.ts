/** What the operations on roles, policies and attachments are decided on. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { account, startApp, type RunningApp } from '../../../support/app.ts';
import { allow, iamAt, refusalOf, serviceTrust, userWith, type RecordedIam } from './iam-client.ts';

let app: RunningApp;
let admin: RecordedIam;
let iam: RecordedIam['iam'];

const boundary = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
const powerUser = 'arn:aws:iam::aws:policy/PowerUserAccess';
const own = `arn:aws:iam::${account}:policy/eng/own`;

beforeAll(async () => {
  app = await startApp();
  admin = iamAt(app);
  ({ iam } = admin);
  await iam.createPolicy({ PolicyName: 'own', Path: '/eng/', PolicyDocument: allow('ecr:*') });
  await iam.createUser({ UserName: 'plain' });
  await iam.createUser({ UserName: 'bounded', PermissionsBoundary: boundary });
  await iam.createGroup({ GroupName: 'crew' });
  await iam.createRole({ RoleName: 'plain', AssumeRolePolicyDocument: serviceTrust });
  await iam.createRole({
    ...{ RoleName: 'bounded', AssumeRolePolicyDocument: serviceTrust, PermissionsBoundary: boundary },
    Tags: [{ Key: 'Team', Value: 'blue' }],
  });
});

afterAll(async () => {
  await app.close();
});

let count = 0;
/** Somebody who may do these actions under a condition, and nothing else. */
async function callerWith(condition: object, ...actions: string[]): Promise<RecordedIam> {
  const Statement = [{ Effect: 'Allow', Action: actions, Resource: '*', Condition: condition }];
  const document = JSON.stringify({ Version: '2012-10-17', Statement });
  return iamAt(app, await userWith(admin, `caller-${(count += 1)}`, document));
}

async function expectDenied(caller: RecordedIam, call: Promise<unknown>, action: string, resource: string) {
  const { status, code, message } = await refusalOf(caller, call);
  expect({ status, code }).toEqual({ status: 403, code: 'AccessDenied' });
  expect(message).toMatch(/^User: arn:aws:iam::\d+:user\/caller-\d+ is not authorized to perform: /);
  expect(message).toContain(`perform: ${action} on resource: ${resource} because no identity-based policy allows`);
}

test('iam:PolicyARN is what is attached or detached', async () => {
  const actions = ['iam:AttachRolePolicy', 'iam:AttachUserPolicy', 'iam:AttachGroupPolicy'];
  const caller = await callerWith({ ArnEquals: { 'iam:PolicyARN': own } }, ...actions, 'iam:Detach*');
  const { iam: limited } = caller;
  for (const PolicyArn of [own, powerUser]) {
    const calls = [
      ['AttachRolePolicy', 'role/plain', () => limited.attachRolePolicy({ RoleName: 'plain', PolicyArn })],
      ['AttachUserPolicy', 'user/plain', () => limited.attachUserPolicy({ UserName: 'plain', PolicyArn })],
      ['AttachGroupPolicy', 'group/crew', () => limited.attachGroupPolicy({ GroupName: 'crew', PolicyArn })],
      ['DetachRolePolicy', 'role/plain', () => limited.detachRolePolicy({ RoleName: 'plain', PolicyArn })],
      ['DetachUserPolicy', 'user/plain', () => limited.detachUserPolicy({ UserName: 'plain', PolicyArn })],
      ['DetachGroupPolicy', 'group/crew', () => limited.detachGroupPolicy({ GroupName: 'crew', PolicyArn })],
    ] as const;
    for (const [action, resource, call] of calls) {
      if (PolicyArn === own) await call();
      else await expectDenied(caller, call(), `iam:${action}`, `arn:aws:iam::${account}:${resource}`);
    }
  }
});

describe('iam:PermissionsBoundary', () => {
  test('is what a role is made with or is to be bounded by', async () => {
    const bounded = { StringEquals: { 'iam:PermissionsBoundary': boundary } };
    const caller = await callerWith(bounded, 'iam:CreateRole', 'iam:Put*PermissionsBoundary');
    const { iam: limited } = caller;
    const role = { AssumeRolePolicyDocument: serviceTrust };
    await limited.createRole({ ...role, RoleName: 'made', PermissionsBoundary: boundary });
    const arn = `arn:aws:iam::${account}:role/unmade`;
    await expectDenied(caller, limited.createRole({ ...role, RoleName: 'unmade' }), 'iam:CreateRole', arn);
    const other = limited.createRole({ ...role, RoleName: 'unmade', PermissionsBoundary: own });
    await expectDenied(caller, other, 'iam:CreateRole', arn);
    await limited.putRolePermissionsBoundary({ RoleName: 'made', PermissionsBoundary: boundary });
    await limited.putUserPermissionsBoundary({ UserName: 'bounded', PermissionsBoundary: boundary });
    const wider = limited.putRolePermissionsBoundary({ RoleName: 'bounded', PermissionsBoundary: own });
    const action = 'iam:PutRolePermissionsBoundary';
    await expectDenied(caller, wider, action, `arn:aws:iam::${account}:role/bounded`);
  });

  test('is else what the user or role is bounded by', async () => {
    const bounded = { StringEquals: { 'iam:PermissionsBoundary': boundary } };
    const caller = await callerWith(bounded, 'iam:*');
    const { iam: limited } = caller;
    const document = allow('ecr:*');
    const calls: readonly [string, (name: string) => Promise<unknown>][] = [
      ['role GetRole', (RoleName) => limited.getRole({ RoleName })],
      ['role UpdateRole', (RoleName) => limited.updateRole({ RoleName, Description: 'x' })],
      ['role UpdateRoleDescription', (RoleName) => limited.updateRoleDescription({ RoleName, Description: 'y' })],
      [
        'role UpdateAssumeRolePolicy',
        (RoleName) => limited.updateAssumeRolePolicy({ RoleName, PolicyDocument: serviceTrust }),
      ],
      ['role AttachRolePolicy', (RoleName) => limited.attachRolePolicy({ RoleName, PolicyArn: own })],
      ['role DetachRolePolicy', (RoleName) => limited.detachRolePolicy({ RoleName, PolicyArn: own })],
      [
        'role PutRolePolicy',
        (RoleName) => limited.putRolePolicy({ RoleName, PolicyName: 'p', PolicyDocument: document }),
      ],
      ['role DeleteRolePolicy', (RoleName) => limited.deleteRolePolicy({ RoleName, PolicyName: 'p' })],
      ['user AttachUserPolicy', (UserName) => limited.attachUserPolicy({ UserName, PolicyArn: own })],
      ['user DetachUserPolicy', (UserName) => limited.detachUserPolicy({ UserName, PolicyArn: own })],
      [
        'user PutUserPolicy',
        (UserName) => limited.putUserPolicy({ UserName, PolicyName: 'p', PolicyDocument: document }),
      ],
      ['user DeleteUserPolicy', (UserName) => limited.deleteUserPolicy({ UserName, PolicyName: 'p' })],
      ['user DeleteUserPermissionsBoundary', (UserName) => limited.deleteUserPermissionsBoundary({ UserName })],
      ['role DeleteRolePermissionsBoundary', (RoleName) => limited.deleteRolePermissionsBoundary({ RoleName })],
    ];
    for (const [words, call] of calls) {
      const [kind, action] = words.split(' ');
      await expectDenied(caller, call('plain'), `iam:${action}`, `arn:aws:iam::${account}:${kind}/plain`);
      await call('bounded');
    }
    await iam.putRolePermissionsBoundary({ RoleName: 'bounded', PermissionsBoundary: boundary });
    await limited.deleteRole({ RoleName: 'made' });
  });
});

test('tags of a request, their keys, and the second permission that tags need', async () => {
  const condition = {
    StringEquals: { 'aws:RequestTag/team': 'blue' },
    'ForAllValues:StringEquals': { 'aws:TagKeys': ['Team', 'cost'] },
  };
  const caller = await callerWith(condition, 'iam:CreateRole', 'iam:TagRole', 'iam:CreatePolicy', 'iam:TagPolicy');
  const { iam: limited } = caller;
  const blue = [{ Key: 'Team', Value: 'blue' }];
  const stray = [...blue, { Key: 'other', Value: 'x' }];
  const role = { RoleName: 'by-tag', AssumeRolePolicyDocument: serviceTrust };
  const policy = { PolicyName: 'by-tag', PolicyDocument: allow('ecr:*') };
  const arns = { role: `arn:aws:iam::${account}:role/by-tag`, policy: `arn:aws:iam::${account}:policy/by-tag` };
  await expectDenied(caller, limited.createRole(role), 'iam:CreateRole', arns.role);
  await expectDenied(caller, limited.createRole({ ...role, Tags: stray }), 'iam:CreateRole', arns.role);
  await limited.createRole({ ...role, Tags: blue });
  await limited.tagRole({ RoleName: 'by-tag', Tags: blue });
  await expectDenied(caller, limited.tagRole({ RoleName: 'by-tag', Tags: stray }), 'iam:TagRole', arns.role);
  await expectDenied(caller, limited.createPolicy({ ...policy, Tags: stray }), 'iam:CreatePolicy', arns.policy);
  await limited.createPolicy({ ...policy, Tags: blue });
  await limited.tagPolicy({ PolicyArn: arns.policy, Tags: blue });
  await expectDenied(caller, limited.tagPolicy({ PolicyArn: arns.policy, Tags: stray }), 'iam:TagPolicy', arns.policy);

  const maker = await callerWith({}, 'iam:CreateRole', 'iam:CreatePolicy');
  const tagged = maker.iam.createRole({ ...role, RoleName: 'second', Tags: blue });
  await expectDenied(maker, tagged, 'iam:TagRole', `arn:aws:iam::${account}:role/second`);
  const taggedPolicy = maker.iam.createPolicy({ ...policy, PolicyName: 'second', Tags: blue });
  await expectDenied(maker, taggedPolicy, 'iam:TagPolicy', `arn:aws:iam::${account}:policy/second`);
  await maker.iam.createRole({ ...role, RoleName: 'second' });
});

test('tags of the role or policy itself', async () => {
  const caller = await callerWith({ StringEquals: { 'aws:ResourceTag/Team': 'blue' } }, 'iam:Get*', 'iam:*Tag*');
  const own = await callerWith({ StringEquals: { 'iam:ResourceTag/team': 'blue' } }, 'iam:Get*');
  await caller.iam.getRole({ RoleName: 'bounded' });
  await own.iam.getRole({ RoleName: 'bounded' });
  const plain = `arn:aws:iam::${account}:role/plain`;
  await expectDenied(caller, caller.iam.getRole({ RoleName: 'plain' }), 'iam:GetRole', plain);
  await expectDenied(own, own.iam.getRole({ RoleName: 'plain' }), 'iam:GetRole', plain);
  const PolicyArn = `arn:aws:iam::${account}:policy/by-tag`;
  await caller.iam.getPolicy({ PolicyArn });
  await expectDenied(own, own.iam.getPolicy({ PolicyArn }), 'iam:GetPolicy', PolicyArn);
  await caller.iam.untagPolicy({ PolicyArn, TagKeys: ['team'] });
  await expectDenied(caller, caller.iam.getPolicy({ PolicyArn }), 'iam:GetPolicy', PolicyArn);
});

test('the keys that are taken away', async () => {
  const only = { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['cost'] } };
  const caller = await callerWith(only, 'iam:UntagRole', 'iam:UntagPolicy');
  await caller.iam.untagRole({ RoleName: 'bounded', TagKeys: ['cost'] });
  const arn = `arn:aws:iam::${account}:role/bounded`;
  const call = caller.iam.untagRole({ RoleName: 'bounded', TagKeys: ['Team'] });
  await expectDenied(caller, call, 'iam:UntagRole', arn);
});

test('who is not allowed does not learn whether a role or policy is there', async () => {
  const caller = await callerWith({}, 'ecr:*');
  const { iam: limited } = caller;
  for (const name of ['plain', 'none']) {
    const arn = `arn:aws:iam::${account}:role/${name}`;
    await expectDenied(caller, limited.getRole({ RoleName: name }), 'iam:GetRole', arn);
    const PolicyArn = `arn:aws:iam::${account}:policy/${name}`;
    await expectDenied(caller, limited.getPolicy({ PolicyArn }), 'iam:GetPolicy', PolicyArn);
  }
  await expectDenied(caller, limited.listRoles({}), 'iam:ListRoles', '*');
  await expectDenied(caller, limited.listPolicies({}), 'iam:ListPolicies', '*');
});

test('the ARN that is decided on has the path, and the name as it was given at birth', async () => {
  await iam.createRole({ RoleName: 'Deep', Path: '/a/b/', AssumeRolePolicyDocument: serviceTrust });
  const document = (resource: string): string =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'iam:GetRole', Resource: resource }],
    });
  const right = iamAt(app, await userWith(admin, 'right', document(`arn:aws:iam::${account}:role/a/b/Deep`)));
  const wrong = iamAt(app, await userWith(admin, 'wrong', document(`arn:aws:iam::${account}:role/Deep`)));
  await right.iam.getRole({ RoleName: 'Deep' });
  await right.iam.getRole({ RoleName: 'deep' });
  await expect(wrong.iam.getRole({ RoleName: 'Deep' })).rejects.toThrow('role/a/b/Deep');
});

test('what is attached, detached, put inside, bounded or made default acts with the next request', async () => {
  const credentials = await userWith(admin, 'acting', allow('ecr:*'));
  const { iam: acting } = iamAt(app, credentials);
  const may = async (): Promise<boolean> =>
    acting.listRoles({}).then(
      () => true,
      () => false,
    );
  const UserName = 'acting';
  const { Policy } = await iam.createPolicy({ PolicyName: 'acting', PolicyDocument: allow('iam:ListRoles') });
  const PolicyArn = Policy?.Arn ?? '';
  expect(await may()).toBe(false);
  await iam.attachUserPolicy({ UserName, PolicyArn });
  expect(await may()).toBe(true);
  await iam.createPolicyVersion({ PolicyArn, PolicyDocument: allow('ecr:*'), SetAsDefault: true });
  expect(await may()).toBe(false);
  await iam.setDefaultPolicyVersion({ PolicyArn, VersionId: 'v1' });
  expect(await may()).toBe(true);
  await iam.putUserPermissionsBoundary({ UserName, PermissionsBoundary: own });
  expect(await may()).toBe(false);
  await iam.deleteUserPermissionsBoundary({ UserName });
  expect(await may()).toBe(true);
  await iam.detachUserPolicy({ UserName, PolicyArn });
  expect(await may()).toBe(false);
  await iam.putUserPolicy({ UserName, PolicyName: 'more', PolicyDocument: allow('iam:List*') });
  expect(await may()).toBe(true);
  await iam.deleteUserPolicy({ UserName, PolicyName: 'more' });
  expect(await may()).toBe(false);
  await iam.addUserToGroup({ UserName, GroupName: 'crew' });
  await iam.putGroupPolicy({ GroupName: 'crew', PolicyName: 'more', PolicyDocument: allow('iam:List*') });
  expect(await may()).toBe(true);
  await iam.deleteGroupPolicy({ GroupName: 'crew', PolicyName: 'more' });
  expect(await may()).toBe(false);
});
