/**
 * The calls that Terraform's provider makes for a user with a key, a group and a membership: create, read, plan without a
 * difference, update, read again, and delete with everything that the user may have (`force_destroy`).
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { IAM } from '@aws-sdk/client-iam';
import { account, startApp, type RunningApp } from '../../support/app.ts';

let app: RunningApp;
let iam: IAM;

beforeAll(async () => {
  app = await startApp();
  iam = app.iam();
});

afterAll(async () => {
  await app?.close();
});

/** What it keeps as the state of all four. */
async function read(UserName: string, GroupName: string) {
  const { User } = await iam.getUser({ UserName });
  const { Group, Users } = await iam.getGroup({ GroupName });
  const { AccessKeyMetadata } = await iam.listAccessKeys({ UserName });
  const { Groups } = await iam.listGroupsForUser({ UserName });
  return { user: User, group: Group, users: Users, keys: AccessKeyMetadata, groups: Groups };
}

test('a user, its key, a group and a membership from the first apply to the last destroy', async () => {
  const { Account } = await app.sts().getCallerIdentity({});
  expect(Account).toBe(account);
  const Tags = [{ Key: 'Name', Value: 'continuous integration' }];
  const { User } = await iam.createUser({ UserName: 'ci', Path: '/machines/', Tags });
  const { Group } = await iam.createGroup({ GroupName: 'pushers', Path: '/machines/' });
  const { AccessKey } = await iam.createAccessKey({ UserName: 'ci' });
  await iam.addUserToGroup({ UserName: 'ci', GroupName: 'pushers' });

  const first = await read('ci', 'pushers');
  expect(first).toMatchObject({
    user: { ...User, Tags },
    group: Group,
    users: [{ UserName: 'ci', UserId: User?.UserId }],
    keys: [{ AccessKeyId: AccessKey?.AccessKeyId, Status: 'Active' }],
    groups: [Group],
  });
  expect(await read('ci', 'pushers')).toEqual(first);

  await iam.updateUser({ UserName: 'ci', NewUserName: 'ci-2', NewPath: '/machines/' });
  await iam.untagUser({ UserName: 'ci-2', TagKeys: ['Name'] });
  await iam.tagUser({ UserName: 'ci-2', Tags: [{ Key: 'Owner', Value: 'team' }] });
  await iam.updateGroup({ GroupName: 'pushers', NewGroupName: 'publishers', NewPath: '/' });
  await iam.updateAccessKey({ UserName: 'ci-2', AccessKeyId: AccessKey?.AccessKeyId, Status: 'Inactive' });
  const second = await read('ci-2', 'publishers');
  expect(second).toMatchObject({
    user: { UserName: 'ci-2', UserId: User?.UserId, Tags: [{ Key: 'Owner', Value: 'team' }] },
    group: { GroupName: 'publishers', GroupId: Group?.GroupId, Arn: `arn:aws:iam::${account}:group/publishers` },
    users: [{ UserName: 'ci-2' }],
    keys: [{ Status: 'Inactive' }],
  });
  expect(await read('ci-2', 'publishers')).toEqual(second);

  await iam.removeUserFromGroup({ UserName: 'ci-2', GroupName: 'publishers' });
  await destroyUser('ci-2');
  await iam.deleteGroup({ GroupName: 'publishers' });
  for (const read of [() => iam.getUser({ UserName: 'ci-2' }), () => iam.getGroup({ GroupName: 'publishers' })])
    await expect(read()).rejects.toMatchObject({ name: 'NoSuchEntityException' });
});

/** `force_destroy`: it looks for all that a user can have, and takes it away, before it deletes the user. */
async function destroyUser(UserName: string): Promise<void> {
  const { AccessKeyMetadata = [] } = await iam.listAccessKeys({ UserName });
  for (const { AccessKeyId } of AccessKeyMetadata) await iam.deleteAccessKey({ UserName, AccessKeyId });
  expect((await iam.listMFADevices({ UserName })).MFADevices).toEqual([]);
  expect((await iam.listSSHPublicKeys({ UserName })).SSHPublicKeys).toEqual([]);
  expect((await iam.listSigningCertificates({ UserName })).Certificates).toEqual([]);
  expect((await iam.listServiceSpecificCredentials({ UserName })).ServiceSpecificCredentials).toEqual([]);
  await expect(iam.deleteLoginProfile({ UserName })).rejects.toMatchObject({ name: 'NoSuchEntityException' });
  await iam.deleteUser({ UserName });
}
