import type { IAM } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultIamLimits } from '../../../src/core/iam/summary/limits.ts';
import { account, startApp, type RunningApp } from '../../support/app.ts';
import { allowing, makeUser, openAccount } from './callers.ts';

let app: RunningApp;
let iam: IAM;

beforeAll(async () => {
  app = await startApp({ limits: { iam: { ...defaultIamLimits, groups: 6, groupsPerUser: 2 } } });
  iam = app.iam();
});

afterAll(async () => {
  await app?.close();
});

const groupNames = (groups: readonly { GroupName?: string | undefined }[] | undefined): (string | undefined)[] =>
  (groups ?? []).map(({ GroupName }) => GroupName);

test('a group is made, read, renamed, moved and deleted', async () => {
  const { Group: made } = await iam.createGroup({ GroupName: 'Builders', Path: '/teams/' });
  expect(made).toEqual({
    Path: '/teams/',
    GroupName: 'Builders',
    GroupId: expect.stringMatching(/^AGPA[A-Z2-7]{16}$/),
    Arn: `arn:aws:iam::${account}:group/teams/Builders`,
    CreateDate: expect.any(Date),
  });
  const { Group, Users, IsTruncated } = await iam.getGroup({ GroupName: 'builders' });
  expect([Group, Users, IsTruncated]).toEqual([made, [], false]);
  await expect(iam.createGroup({ GroupName: 'BUILDERS' })).rejects.toMatchObject({
    name: 'EntityAlreadyExistsException',
    message: 'Group with name BUILDERS already exists.',
    $metadata: { httpStatusCode: 409 },
  });
  await iam.updateGroup({ GroupName: 'Builders', NewGroupName: 'makers', NewPath: '/' });
  expect((await iam.getGroup({ GroupName: 'makers' })).Group).toEqual({
    ...made,
    Path: '/',
    GroupName: 'makers',
    Arn: `arn:aws:iam::${account}:group/makers`,
  });
  await iam.createGroup({ GroupName: 'taken' });
  await expect(iam.updateGroup({ GroupName: 'taken', NewGroupName: 'Makers' })).rejects.toMatchObject({
    name: 'EntityAlreadyExistsException',
  });
  for (const GroupName of ['makers', 'taken']) await iam.deleteGroup({ GroupName });
  await expect(iam.getGroup({ GroupName: 'makers' })).rejects.toMatchObject({
    name: 'NoSuchEntityException',
    message: 'The group with name makers cannot be found.',
  });
});

test('its users come page by page, and a user’s groups too', async () => {
  for (const GroupName of ['one', 'Two']) await iam.createGroup({ GroupName, Path: '/paged/' });
  for (const UserName of ['c', 'A', 'b']) {
    await iam.createUser({ UserName });
    // once more is no error
    for (let times = 0; times < 2; times += 1) await iam.addUserToGroup({ GroupName: 'one', UserName });
  }
  await iam.addUserToGroup({ GroupName: 'two', UserName: 'a' });
  const first = await iam.getGroup({ GroupName: 'one', MaxItems: 2 });
  const second = await iam.getGroup({ GroupName: 'one', MaxItems: 2, Marker: first.Marker });
  expect([first, second].map(({ Users }) => Users?.map(({ UserName }) => UserName))).toEqual([['A', 'b'], ['c']]);
  expect([first.IsTruncated, second.IsTruncated]).toEqual([true, false]);
  expect(groupNames((await iam.listGroupsForUser({ UserName: 'a' })).Groups)).toEqual(['one', 'Two']);
  const one = await iam.listGroupsForUser({ UserName: 'a', MaxItems: 1 });
  const two = await iam.listGroupsForUser({ UserName: 'a', MaxItems: 1, Marker: one.Marker });
  expect([groupNames(one.Groups), groupNames(two.Groups), two.IsTruncated]).toEqual([['one'], ['Two'], false]);
  expect(groupNames((await iam.listGroups({ PathPrefix: '/paged/' })).Groups)).toEqual(['one', 'Two']);
  expect((await iam.listGroups({ PathPrefix: '/none/' })).Groups).toEqual([]);
  await expect(iam.getGroup({ GroupName: 'one', Marker: one.Marker })).rejects.toMatchObject({
    name: 'ValidationError',
  });

  await expect(iam.deleteGroup({ GroupName: 'one' })).rejects.toMatchObject({
    name: 'DeleteConflictException',
    message: 'Cannot delete entity, must remove users from group first.',
    $metadata: { httpStatusCode: 409 },
  });
  for (const UserName of ['a', 'b', 'c']) {
    // who is not in it is no error
    for (let times = 0; times < 2; times += 1) await iam.removeUserFromGroup({ GroupName: 'one', UserName });
  }
  await iam.deleteGroup({ GroupName: 'one' });
});

test('a group is not deleted while it has policies', async () => {
  const GroupName = 'held';
  const PolicyArn = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly';
  await iam.createGroup({ GroupName });
  await iam.attachGroupPolicy({ GroupName, PolicyArn });
  const name = 'DeleteConflictException';
  await expect(iam.deleteGroup({ GroupName })).rejects.toMatchObject({
    name,
    message: 'Cannot delete entity, must detach all policies first.',
  });
  await iam.detachGroupPolicy({ GroupName, PolicyArn });
  const PolicyDocument = JSON.stringify(allowing('ecr:*'));
  await iam.putGroupPolicy({ GroupName, PolicyName: 'inline', PolicyDocument });
  await expect(iam.deleteGroup({ GroupName })).rejects.toMatchObject({
    name,
    message: 'Cannot delete entity, must delete policies first.',
  });
  await iam.deleteGroupPolicy({ GroupName, PolicyName: 'inline' });
  await iam.deleteGroup({ GroupName });
});

test('a user has the rights of a group for as long as it is in it', async () => {
  const GroupName = 'readers';
  const credentials = await makeUser(iam, 'reader');
  const reader = app.iam({ credentials });
  await iam.createGroup({ GroupName });
  await iam.putGroupPolicy({ GroupName, PolicyName: 'p', PolicyDocument: JSON.stringify(allowing('iam:ListGroups')) });
  await expect(reader.listGroups({})).rejects.toMatchObject({ name: 'AccessDenied' });
  await iam.addUserToGroup({ GroupName, UserName: 'reader' });
  expect(groupNames((await reader.listGroups({})).Groups)).toContain(GroupName);
  await iam.updateGroup({ GroupName, NewGroupName: 'still-readers' });
  await reader.listGroups({});
  await iam.removeUserFromGroup({ GroupName: 'still-readers', UserName: 'reader' });
  await expect(reader.listGroups({})).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('there are quotas for the groups of an account and of a user', async () => {
  await iam.createUser({ UserName: 'joiner' });
  const wanted = Array.from({ length: 6 }, (_, number) => `quota${number}`);
  const made: string[] = [];
  for (const GroupName of wanted)
    await iam.createGroup({ GroupName }).then(
      () => made.push(GroupName),
      (error: unknown) =>
        expect(error).toMatchObject({
          name: 'LimitExceededException',
          message: 'Cannot exceed quota for GroupsPerAccount: 6',
          $metadata: { httpStatusCode: 409 },
        }),
    );
  expect((await iam.getAccountSummary({})).SummaryMap).toMatchObject({ Groups: 6, GroupsQuota: 6 });
  expect(made.length).toBeGreaterThan(2);
  const [first, second, third] = made;
  for (const GroupName of [first, second]) await iam.addUserToGroup({ GroupName, UserName: 'joiner' });
  await expect(iam.addUserToGroup({ GroupName: third, UserName: 'joiner' })).rejects.toMatchObject({
    name: 'LimitExceededException',
    message: 'Cannot exceed quota for GroupsPerUser: 2',
  });
});

test('groups of two accounts have nothing to do with each other', async () => {
  const other = app.iam({ credentials: await openAccount(app, '210987654321') });
  const [{ GroupName } = {}] = (await iam.listGroups({})).Groups ?? [];
  expect((await other.listGroups({})).Groups).toEqual([]);
  await expect(other.getGroup({ GroupName })).rejects.toMatchObject({ name: 'NoSuchEntityException' });
  await other.createGroup({ GroupName });
  await expect(other.addUserToGroup({ GroupName, UserName: 'joiner' })).rejects.toMatchObject({
    name: 'NoSuchEntityException',
    message: 'The user with name joiner cannot be found.',
  });
});
