/**
 * Between two requests with one login token, one session, one access key: what takes rights away acts on the next request,
 * on both fronts.
 */
import { BatchGetImageCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { account, region, startApp, type RunningApp } from '../../support/app.ts';
import { seededImage } from '../../support/images.ts';
import { makeUser, policyOf, type MadeUser } from '../../support/iam.ts';
import { assume, keysOf, makeRole } from '../../support/sessions.ts';
import type { Credentials } from '../../support/stowage.ts';

const reader = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly';
const readOnlyActions = ['ecr:GetAuthorizationToken', 'ecr:BatchGetImage'];
const read = { Effect: 'Allow', Action: readOnlyActions, Resource: '*' };
const nothing = policyOf({ Effect: 'Allow', Action: 's3:*', Resource: '*' });

let app: RunningApp;
let count = 0;

beforeAll(async () => {
  app = await startApp({ repositories: ['team/app'] });
  await app.registry.pushImage('team/app', seededImage('revoked'), 'v1');
});

afterAll(async () => {
  await app.close();
});

/** A caller with a login token made before whatever comes. */
interface Caller {
  readonly credentials: Credentials;
  readonly authorization: string;
}

async function logInAs(credentials: Credentials): Promise<Caller> {
  return { credentials, authorization: await app.logIn({ credentials }) };
}

const pullOci = async ({ authorization }: Caller): Promise<number> =>
  (await app.ask('GET', '/v2/team/app/manifests/v1', { authorization })).status;

/** 'allowed', or the name of the refusal. */
async function pullJson({ credentials }: Caller): Promise<string> {
  const command = new BatchGetImageCommand({ repositoryName: 'team/app', imageIds: [{ imageTag: 'v1' }] });
  try {
    const { images = [] } = await app.ecr({ credentials }).send(command);
    return images.length === 1 ? 'allowed' : 'empty';
  } catch (error) {
    return (error as Error).name;
  }
}

async function expectAllowed(caller: Caller): Promise<void> {
  expect([await pullOci(caller), await pullJson(caller)]).toEqual([200, 'allowed']);
}

async function expectDenied(caller: Caller): Promise<void> {
  expect([await pullOci(caller), await pullJson(caller)]).toEqual([403, 'AccessDeniedException']);
}

/** The credential itself is no longer good. */
async function expectDead(caller: Caller): Promise<void> {
  expect([await pullOci(caller), await pullJson(caller)]).toEqual([401, 'UnrecognizedClientException']);
}

const newName = (): string => `caller-${++count}`;

interface Made {
  readonly name: string;
  readonly user: MadeUser;
  readonly caller: Caller;
}

async function makeReader(...statements: readonly object[]): Promise<Made> {
  const name = newName();
  const user = await makeUser(app.iam(), name, ...(statements.length > 0 ? statements : [read]));
  const caller = await logInAs(user);
  await expectAllowed(caller);
  return { name, user, caller };
}

describe('a user loses at once what it had', () => {
  test('when its access key is made inactive, until it is active again', async () => {
    const { name, user, caller } = await makeReader();
    const key = { UserName: name, AccessKeyId: user.accessKeyId };
    await app.iam().updateAccessKey({ ...key, Status: 'Inactive' });
    await expectDead(caller);
    await app.iam().updateAccessKey({ ...key, Status: 'Active' });
    await expectAllowed(caller);
    await app.iam().deleteAccessKey(key);
    await expectDead(caller);
  });

  test('when its inline policy is changed or deleted', async () => {
    const { name, caller } = await makeReader();
    await app.iam().putUserPolicy({ UserName: name, PolicyName: 'own', PolicyDocument: nothing });
    await expectDenied(caller);
    await app.iam().putUserPolicy({ UserName: name, PolicyName: 'own', PolicyDocument: policyOf(read) });
    await expectAllowed(caller);
    await app.iam().deleteUserPolicy({ UserName: name, PolicyName: 'own' });
    await expectDenied(caller);
  });

  test('when a managed policy is detached, of AWS and of its own', async () => {
    const { name, caller } = await makeReader();
    const UserName = name;
    await app.iam().attachUserPolicy({ UserName, PolicyArn: reader });
    await app.iam().deleteUserPolicy({ UserName, PolicyName: 'own' });
    await expectAllowed(caller);
    await app.iam().detachUserPolicy({ UserName, PolicyArn: reader });
    await expectDenied(caller);
    const { Policy } = await app.iam().createPolicy({ PolicyName: `${name}-reads`, PolicyDocument: policyOf(read) });
    await app.iam().attachUserPolicy({ UserName, PolicyArn: Policy?.Arn });
    await expectAllowed(caller);
    await app.iam().createPolicyVersion({ PolicyArn: Policy?.Arn, PolicyDocument: nothing, SetAsDefault: true });
    await expectDenied(caller);
    await app.iam().setDefaultPolicyVersion({ PolicyArn: Policy?.Arn, VersionId: 'v1' });
    await expectAllowed(caller);
  });

  test('when it leaves the group, or the group loses its policy', async () => {
    const { name, caller } = await makeReader();
    const [UserName, GroupName] = [name, `${name}-group`];
    await app.iam().createGroup({ GroupName });
    await app.iam().putGroupPolicy({ GroupName, PolicyName: 'reads', PolicyDocument: policyOf(read) });
    await app.iam().addUserToGroup({ GroupName, UserName });
    await app.iam().deleteUserPolicy({ UserName, PolicyName: 'own' });
    await expectAllowed(caller);
    await app.iam().removeUserFromGroup({ GroupName, UserName });
    await expectDenied(caller);
    await app.iam().addUserToGroup({ GroupName, UserName });
    await expectAllowed(caller);
    await app.iam().deleteGroupPolicy({ GroupName, PolicyName: 'reads' });
    await expectDenied(caller);
    await app.iam().attachGroupPolicy({ GroupName, PolicyArn: reader });
    await expectAllowed(caller);
    await app.iam().detachGroupPolicy({ GroupName, PolicyArn: reader });
    await expectDenied(caller);
  });

  test('when a boundary is put on, until it is taken off', async () => {
    const { name: UserName, caller } = await makeReader();
    const { Policy } = await app.iam().createPolicy({ PolicyName: `${UserName}-bound`, PolicyDocument: nothing });
    await app.iam().putUserPermissionsBoundary({ UserName, PermissionsBoundary: Policy?.Arn });
    await expectDenied(caller);
    await app.iam().deleteUserPermissionsBoundary({ UserName });
    await expectAllowed(caller);
  });

  test('when a tag that its policy asks for goes', async () => {
    const tagged = { ...read, Condition: { StringEquals: { 'aws:PrincipalTag/team': 'red' } } };
    const name = newName();
    const user = await makeUser(app.iam(), name, tagged);
    const Tags = [{ Key: 'Team', Value: 'red' }];
    await app.iam().tagUser({ UserName: name, Tags });
    const caller = await logInAs(user);
    await expectAllowed(caller);
    await app.iam().untagUser({ UserName: name, TagKeys: ['team'] });
    await expectDenied(caller);
  });

  test('when it is deleted, and one of the same name inherits nothing', async () => {
    const { name: UserName, user, caller } = await makeReader();
    await app.iam().deleteAccessKey({ UserName, AccessKeyId: user.accessKeyId });
    await app.iam().deleteUserPolicy({ UserName, PolicyName: 'own' });
    await app.iam().deleteUser({ UserName });
    await makeUser(app.iam(), UserName, read);
    await expectDead(caller);
  });
});

describe('a session and the login token made with it lose at once what they had', () => {
  async function makeSession(): Promise<{ RoleName: string; caller: Caller }> {
    const RoleName = newName();
    const role = await makeRole(app.iam(), RoleName, { may: [read] });
    const caller = await logInAs(await assume(app.sts(), role));
    await expectAllowed(caller);
    return { RoleName, caller };
  }

  async function removeRole(RoleName: string): Promise<void> {
    await app.iam().deleteRolePolicy({ RoleName, PolicyName: 'own' });
    await app.iam().deleteRole({ RoleName });
  }

  test('when the role is deleted, and made again', async () => {
    const { RoleName, caller } = await makeSession();
    await removeRole(RoleName);
    await expectDead(caller);
    await makeRole(app.iam(), RoleName, { may: [read] });
    await expectDead(caller);
  });

  test('when the role loses its policy, or gets a boundary', async () => {
    const { RoleName, caller } = await makeSession();
    const { Policy } = await app.iam().createPolicy({ PolicyName: `${RoleName}-bound`, PolicyDocument: nothing });
    await app.iam().putRolePermissionsBoundary({ RoleName, PermissionsBoundary: Policy?.Arn });
    await expectDenied(caller);
    await app.iam().deleteRolePermissionsBoundary({ RoleName });
    await expectAllowed(caller);
    await app.iam().deleteRolePolicy({ RoleName, PolicyName: 'own' });
    await expectDenied(caller);
  });

  test('when all sessions issued before a moment are revoked', async () => {
    const { RoleName, caller } = await makeSession();
    const condition = { DateLessThan: { 'aws:TokenIssueTime': new Date(app.now() + 1000).toISOString() } };
    const revoke = policyOf({ Effect: 'Deny', Action: '*', Resource: '*', Condition: condition });
    await app.iam().putRolePolicy({ RoleName, PolicyName: 'AWSRevokeOlderSessions', PolicyDocument: revoke });
    await expectDenied(caller);
    app.advance(2000);
    await expectDenied(caller);
    await expectAllowed(await logInAs(await assume(app.sts(), `arn:aws:iam::${account}:role/${RoleName}`)));
  });

  test('when the user behind a session of GetSessionToken is deleted', async () => {
    const { name: UserName, user } = await makeReader();
    const caller = await logInAs(keysOf((await app.sts({ credentials: user }).getSessionToken({})).Credentials));
    await expectAllowed(caller);
    // the key that the session was asked for with may go: the session is not of the key, but of the user
    await app.iam().deleteAccessKey({ UserName, AccessKeyId: user.accessKeyId });
    await expectAllowed(caller);
    await app.iam().deleteUserPolicy({ UserName, PolicyName: 'own' });
    await expectDenied(caller);
    await app.iam().deleteUser({ UserName });
    await expectDead(caller);
  });
});

test('closing an account ends keys, sessions and login tokens at once, and reopening gives them back', async () => {
  const other = '222222222222';
  const admin = (await app.admin('accounts.create', { account: other })) as Credentials;
  await app.createRepositories(['team/app'], { credentials: admin });
  const host = `${other}.dkr.ecr.${region}.amazonaws.com`;
  const role = await makeRole(app.iam({ credentials: admin }), 'Works', {
    trust: [{ Effect: 'Allow', Principal: { AWS: other }, Action: 'sts:AssumeRole' }],
    may: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
  });
  const session = await assume(app.sts({ credentials: admin }), role);
  const tokens = [await app.logIn({ credentials: admin }), await app.logIn({ credentials: session })];
  const list = async (authorization: string): Promise<number> =>
    (await app.ask('GET', '/v2/team/app/tags/list', { authorization, host })).status;
  const whoAmI = async (credentials: Credentials): Promise<string> =>
    await app
      .sts({ credentials })
      .getCallerIdentity({})
      .then(
        ({ Account = '' }) => Account,
        (error: Error) => error.name,
      );
  const state = async () => [await Promise.all(tokens.map(list)), await Promise.all([admin, session].map(whoAmI))];
  const open = [
    [200, 200],
    [other, other],
  ];
  expect(await state()).toEqual(open);
  await app.admin('accounts.close', { account: other });
  expect(await state()).toEqual([
    [401, 401],
    ['InvalidClientTokenId', 'InvalidClientTokenId'],
  ]);
  const outside = assume(app.sts(), role);
  await expect(outside).rejects.toMatchObject({ message: expect.stringContaining('no role trust policy allows') });
  await app.restart();
  expect(await list(tokens[0] ?? '')).toBe(401);
  await app.admin('accounts.reopen', { account: other });
  expect(await state()).toEqual(open);
});
