/** What decisions about users, groups and keys are told of the request and of the user. */
import type { IAM } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { account, startApp, type RunningApp } from '../../support/app.ts';
import { allowing, makeUser } from './callers.ts';

let app: RunningApp;
let iam: IAM;

beforeAll(async () => {
  app = await startApp();
  iam = app.iam();
});

afterAll(async () => {
  await app?.close();
});

const readOnly = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly';
const powerUser = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser';
const denied = { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } };

/** A client of a new user that may do these actions under this condition. */
async function callerWith(name: string, actions: readonly string[], condition?: object): Promise<IAM> {
  const { Statement, Version } = allowing(actions) as { Version: string; Statement: object[] };
  const policy = {
    Version,
    Statement: Statement.map((each) => (condition ? { ...each, Condition: condition } : each)),
  };
  return app.iam({ credentials: await makeUser(iam, name, policy) });
}

test('CreateUser tells which boundary the user would have', async () => {
  const caller = await callerWith('delegate', ['iam:CreateUser'], {
    StringEquals: { 'iam:PermissionsBoundary': readOnly },
  });
  await expect(caller.createUser({ UserName: 'free' })).rejects.toMatchObject(denied);
  await expect(caller.createUser({ UserName: 'free', PermissionsBoundary: powerUser })).rejects.toMatchObject(denied);
  const { User } = await caller.createUser({ UserName: 'bounded', PermissionsBoundary: readOnly });
  expect(User?.PermissionsBoundary).toEqual({
    PermissionsBoundaryType: 'PermissionsBoundaryPolicy',
    PermissionsBoundaryArn: readOnly,
  });
  expect((await iam.getUser({ UserName: 'bounded' })).User?.PermissionsBoundary).toEqual(User?.PermissionsBoundary);
});

test('CreateUser with tags needs iam:TagUser as well', async () => {
  const UserName = 'labelled';
  const Tags = [{ Key: 'team', Value: 'blue' }];
  const maker = await callerWith('maker', ['iam:CreateUser']);
  await expect(maker.createUser({ UserName, Tags })).rejects.toMatchObject({
    ...denied,
    message: expect.stringContaining(
      `perform: iam:TagUser on resource: arn:aws:iam::${account}:user/${UserName} because`,
    ),
  });
  await expect(iam.getUser({ UserName })).rejects.toMatchObject({ name: 'NoSuchEntityException' });
  await maker.createUser({ UserName });
  await iam.deleteUser({ UserName });
  const tagger = await callerWith('tagger', ['iam:CreateUser', 'iam:TagUser']);
  expect((await tagger.createUser({ UserName, Tags })).User?.Tags).toEqual(Tags);
});

test('tags of the request and their keys are told', async () => {
  const tagger = await callerWith('careful', ['iam:TagUser', 'iam:UntagUser'], {
    StringLikeIfExists: { 'aws:RequestTag/Team': 'b*' },
    'ForAllValues:StringEquals': { 'aws:TagKeys': ['team', 'cost'] },
  });
  const UserName = 'subject';
  await iam.createUser({ UserName });
  await tagger.tagUser({ UserName, Tags: [{ Key: 'team', Value: 'blue' }] });
  await expect(tagger.tagUser({ UserName, Tags: [{ Key: 'team', Value: 'red' }] })).rejects.toMatchObject(denied);
  await expect(tagger.tagUser({ UserName, Tags: [{ Key: 'other', Value: '' }] })).rejects.toMatchObject(denied);
  await expect(tagger.untagUser({ UserName, TagKeys: ['team', 'other'] })).rejects.toMatchObject(denied);
  await tagger.untagUser({ UserName, TagKeys: ['team'] });
});

test.each(['iam:ResourceTag/team', 'aws:ResourceTag/Team'])('tags of the user are told as %s', async (key) => {
  const own = key.slice(0, 3);
  const caller = await callerWith(`keeper-${own}`, ['iam:*'], { StringEquals: { [key]: 'blue' } });
  const [blue, red] = [`blue-${own}`, `red-${own}`];
  await iam.createUser({ UserName: blue, Tags: [{ Key: 'team', Value: 'blue' }] });
  await iam.createUser({ UserName: red, Tags: [{ Key: 'team', Value: 'red' }] });
  const { AccessKey } = await caller.createAccessKey({ UserName: blue });
  expect((await caller.getAccessKeyLastUsed({ AccessKeyId: AccessKey?.AccessKeyId })).UserName).toBe(blue);
  await expect(caller.createAccessKey({ UserName: red })).rejects.toMatchObject(denied);
  const other = (await iam.createAccessKey({ UserName: red })).AccessKey?.AccessKeyId;
  await expect(caller.getAccessKeyLastUsed({ AccessKeyId: other })).rejects.toMatchObject(denied);
});

test('a user or group is named anew by who may do so to both names', async () => {
  const arns = ['user/old', 'user/new', 'group/old', 'group/new'].map((name) => `arn:aws:iam::${account}:${name}`);
  const caller = app.iam({
    credentials: await makeUser(iam, 'renamer', allowing(['iam:UpdateUser', 'iam:UpdateGroup'], arns)),
  });
  await iam.createUser({ UserName: 'old' });
  await iam.createGroup({ GroupName: 'old' });
  await expect(caller.updateUser({ UserName: 'old', NewUserName: 'third' })).rejects.toMatchObject(denied);
  await expect(caller.updateUser({ UserName: 'old', NewPath: '/x/' })).rejects.toMatchObject(denied);
  await expect(caller.updateGroup({ GroupName: 'old', NewGroupName: 'third' })).rejects.toMatchObject(denied);
  await caller.updateUser({ UserName: 'old', NewUserName: 'new' });
  await caller.updateGroup({ GroupName: 'old', NewGroupName: 'new' });
  await expect(caller.updateUser({ UserName: 'admin', NewUserName: 'new' })).rejects.toMatchObject(denied);
});

test('the path of a user is part of what is decided on', async () => {
  const caller = app.iam({
    credentials: await makeUser(iam, 'manager', allowing('iam:*', `arn:aws:iam::${account}:user/staff/*`)),
  });
  await caller.createUser({ UserName: 'in', Path: '/staff/' });
  expect((await caller.getUser({ UserName: 'in' })).User?.Path).toBe('/staff/');
  await expect(caller.createUser({ UserName: 'out' })).rejects.toMatchObject(denied);
  await iam.createUser({ UserName: 'out' });
  for (const UserName of ['out', 'missing']) {
    await expect(caller.getUser({ UserName })).rejects.toMatchObject(denied);
    await expect(caller.deleteUser({ UserName })).rejects.toMatchObject(denied);
  }
});
