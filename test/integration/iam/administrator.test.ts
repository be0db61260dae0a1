/** `stowage credentials reset` is the way back, whatever has been done to the administrator. */
import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startApp, type RunningApp } from '../../support/app.ts';
import { makeUser, policyOf } from '../../support/iam.ts';

const UserName = 'admin';
const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess';
const deny = policyOf({ Effect: 'Deny', Action: '*', Resource: '*' });

let app: RunningApp;

beforeEach(async () => {
  app = await startApp({ repositories: ['team/app'] });
});

afterEach(async () => {
  await app.close();
});

/** What is done to the administrator by another one, and by itself at last. */
const misfortunes: Readonly<Record<string, (app: RunningApp) => Promise<unknown>>> = {
  'its user is deleted': async ({ iam }) => {
    const helper = await makeUser(iam(), 'helper', { Effect: 'Allow', Action: '*', Resource: '*' });
    const by = iam({ credentials: helper });
    const { AccessKeyMetadata = [] } = await by.listAccessKeys({ UserName });
    for (const { AccessKeyId } of AccessKeyMetadata) await by.deleteAccessKey({ UserName, AccessKeyId });
    await by.detachUserPolicy({ UserName, PolicyArn });
    await by.deleteUser({ UserName });
  },
  'its user has another name': async ({ iam }) => await iam().updateUser({ UserName, NewUserName: 'root' }),
  'its name is written otherwise': async ({ iam }) => await iam().updateUser({ UserName, NewUserName: 'Admin' }),
  'it lost its policy': async ({ iam }) => await iam().detachUserPolicy({ UserName, PolicyArn }),
  'it is denied everything': async ({ iam }) =>
    await iam().putUserPolicy({ UserName, PolicyName: 'deny', PolicyDocument: deny }),
  'its group is denied everything': async ({ iam }) => {
    await iam().createGroup({ GroupName: 'all' });
    await iam().addUserToGroup({ UserName, GroupName: 'all' });
    await iam().putGroupPolicy({ GroupName: 'all', PolicyName: 'deny', PolicyDocument: deny });
  },
  'it has a boundary': async ({ iam }) =>
    await iam().putUserPermissionsBoundary({ UserName, PermissionsBoundary: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }),
  'its key is inactive': async ({ iam, credentials }) =>
    await iam().updateAccessKey({ UserName, AccessKeyId: credentials().accessKeyId, Status: 'Inactive' }),
};

describe('new credentials work again', () => {
  test.each(Object.entries(misfortunes))('where %s', async (_, happen) => {
    const before = app.credentials();
    await happen(app);
    await app.admin('credentials.reset');
    expect((await app.ecr().send(new DescribeRepositoriesCommand({}))).repositories).toHaveLength(1);
    await makeUser(app.iam(), 'after');
    await app.createRepositories(['after']);
    const { Arn } = await app.sts().getCallerIdentity({});
    expect(Arn?.toLowerCase()).toMatch(/:user\/admin$/);
    expect((await app.admin('login-password')) as object).toHaveProperty('password');
    await expect(app.sts({ credentials: before }).getCallerIdentity({})).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    });
  });
});

test('commands that act as an administrator who is gone say so', async () => {
  await app.iam().updateUser({ UserName, NewUserName: 'other' });
  await expect(app.admin('login-password')).rejects.toThrow(/has no administrator.*stowage credentials reset/);
});
