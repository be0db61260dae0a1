import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IAM } from '@aws-sdk/client-iam';
import { account, startApp, type RunningApp } from '../../support/app.ts';
import { defaultIamLimits } from '../../../src/core/iam/summary/limits.ts';
import { allowing, makeUser, openAccount } from './callers.ts';

let app: RunningApp;
let iam: IAM;

beforeAll(async () => {
  app = await startApp({ limits: { iam: { ...defaultIamLimits, users: 12 } } });
  iam = app.iam();
});

afterAll(async () => {
  await app?.close();
});

const names = (users: readonly { UserName?: string | undefined }[] | undefined): (string | undefined)[] =>
  (users ?? []).map(({ UserName }) => UserName);

test('a user is made, read, renamed, moved and deleted, and stays the same user all the while', async () => {
  const before = Math.floor(app.now() / 1000) * 1000;
  const { User: made } = await iam.createUser({ UserName: 'Ada', Path: '/staff/' });
  expect(made).toEqual({
    Path: '/staff/',
    UserName: 'Ada',
    UserId: expect.stringMatching(/^AIDA[A-Z2-7]{16}$/),
    Arn: `arn:aws:iam::${account}:user/staff/Ada`,
    CreateDate: expect.any(Date),
  });
  expect(made?.CreateDate?.getTime()).toBeGreaterThanOrEqual(before);
  expect((await iam.getUser({ UserName: 'Ada' })).User).toEqual(made);
  await iam.updateUser({ UserName: 'Ada', NewUserName: 'Grace', NewPath: '/' });
  await expect(iam.getUser({ UserName: 'Ada' })).rejects.toMatchObject({ name: 'NoSuchEntityException' });
  const { User: renamed } = await iam.getUser({ UserName: 'Grace' });
  expect(renamed).toEqual({ ...made, UserName: 'Grace', Path: '/', Arn: `arn:aws:iam::${account}:user/Grace` });
  await iam.deleteUser({ UserName: 'Grace' });
  await expect(iam.getUser({ UserName: 'Grace' })).rejects.toMatchObject({
    name: 'NoSuchEntityException',
    message: 'The user with name Grace cannot be found.',
    $metadata: { httpStatusCode: 404 },
  });
});

test('a user that is made again is another one', async () => {
  const first = await iam.createUser({ UserName: 'phoenix', Tags: [{ Key: 'life', Value: 'one' }] });
  await iam.deleteUser({ UserName: 'phoenix' });
  const second = await iam.createUser({ UserName: 'phoenix' });
  expect(second.User?.Arn).toBe(first.User?.Arn);
  expect(second.User?.UserId).not.toBe(first.User?.UserId);
  expect((await iam.listUserTags({ UserName: 'phoenix' })).Tags).toEqual([]);
  await iam.deleteUser({ UserName: 'phoenix' });
});

test('without a name GetUser tells of the caller', async () => {
  expect((await iam.getUser({})).User).toMatchObject({ UserName: 'admin', Arn: `arn:aws:iam::${account}:user/admin` });
});

test('names that differ in case only are the same name, shown as it was given', async () => {
  const { User: made } = await iam.createUser({ UserName: 'CamelCase' });
  for (const UserName of ['CamelCase', 'camelcase', 'CAMELCASE']) {
    await expect(iam.createUser({ UserName })).rejects.toMatchObject({
      name: 'EntityAlreadyExistsException',
      message: `User with name ${UserName} already exists.`,
      $metadata: { httpStatusCode: 409 },
    });
    expect((await iam.getUser({ UserName })).User).toEqual(made);
  }
  await iam.updateUser({ UserName: 'camelcase', NewUserName: 'cAMELcASE' });
  expect((await iam.getUser({ UserName: 'camelcase' })).User).toMatchObject({
    UserName: 'cAMELcASE',
    UserId: made?.UserId,
  });
  await iam.createUser({ UserName: 'other' });
  await expect(iam.updateUser({ UserName: 'other', NewUserName: 'camelCASE' })).rejects.toMatchObject({
    name: 'EntityAlreadyExistsException',
  });
  for (const UserName of ['CamelCase', 'other']) await iam.deleteUser({ UserName });
});

test('lists go by name, page by page, and by the beginning of paths', async () => {
  const made = ['d', 'B', 'a', 'C'];
  for (const UserName of made) await iam.createUser({ UserName, Path: UserName === 'C' ? '/x/y/' : '/x/' });
  const first = await iam.listUsers({ MaxItems: 3 });
  expect([names(first.Users), first.IsTruncated]).toEqual([['a', 'admin', 'B'], true]);
  const second = await iam.listUsers({ MaxItems: 3, Marker: first.Marker });
  expect([names(second.Users), second.IsTruncated, second.Marker]).toEqual([['C', 'd'], false, undefined]);
  expect(names((await iam.listUsers({ PathPrefix: '/x/' })).Users)).toEqual(['a', 'B', 'C', 'd']);
  expect(names((await iam.listUsers({ PathPrefix: '/x/y' })).Users)).toEqual(['C']);
  expect(names((await iam.listUsers({ PathPrefix: '/z/' })).Users)).toEqual([]);
  const pages = [];
  for await (const page of paginate((Marker) => iam.listUsers({ MaxItems: 1, Marker })))
    pages.push(...names(page.Users));
  expect(pages).toEqual(['a', 'admin', 'B', 'C', 'd']);
  for (const Marker of ['nonsense', `${first.Marker}x`, await markerOfAnotherList()])
    await expect(iam.listUsers({ Marker })).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'Invalid Marker.',
      $metadata: { httpStatusCode: 400 },
    });
  for (const UserName of made) await iam.deleteUser({ UserName });
});

async function* paginate<Page extends { Marker?: string | undefined }>(
  read: (marker: string | undefined) => Promise<Page>,
): AsyncGenerator<Page> {
  let marker: string | undefined;
  do {
    const page = await read(marker);
    yield page;
    marker = page.Marker;
  } while (marker !== undefined);
}

async function markerOfAnotherList(): Promise<string | undefined> {
  for (const GroupName of ['g1', 'g2']) await iam.createGroup({ GroupName });
  const { Marker } = await iam.listGroups({ MaxItems: 1 });
  for (const GroupName of ['g1', 'g2']) await iam.deleteGroup({ GroupName });
  return Marker;
}

describe('a user is not deleted while it', () => {
  const UserName = 'holder';
  const conflict = (first: string) => ({
    name: 'DeleteConflictException',
    message: `Cannot delete entity, must ${first} first.`,
    $metadata: { httpStatusCode: 409 },
  });

  test('has keys', async () => {
    await iam.createUser({ UserName });
    const { AccessKey } = await iam.createAccessKey({ UserName });
    await expect(iam.deleteUser({ UserName })).rejects.toMatchObject(conflict('delete access keys'));
    await iam.deleteAccessKey({ UserName, AccessKeyId: AccessKey?.AccessKeyId });
    await iam.deleteUser({ UserName });
  });

  test('is in a group', async () => {
    await iam.createUser({ UserName });
    await iam.createGroup({ GroupName: 'held' });
    await iam.addUserToGroup({ UserName, GroupName: 'held' });
    await expect(iam.deleteUser({ UserName })).rejects.toMatchObject(conflict('remove users from group'));
    await iam.removeUserFromGroup({ UserName, GroupName: 'held' });
    await iam.deleteUser({ UserName });
    await iam.deleteGroup({ GroupName: 'held' });
  });

  test('has policies', async () => {
    await iam.createUser({ UserName });
    const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess';
    await iam.attachUserPolicy({ UserName, PolicyArn });
    await expect(iam.deleteUser({ UserName })).rejects.toMatchObject(conflict('detach all policies'));
    await iam.detachUserPolicy({ UserName, PolicyArn });
    const inline = { UserName, PolicyName: 'inline' };
    await iam.putUserPolicy({ ...inline, PolicyDocument: JSON.stringify(allowing('iam:GetUser')) });
    await expect(iam.deleteUser({ UserName })).rejects.toMatchObject(conflict('delete policies'));
    await iam.deleteUserPolicy(inline);
    await iam.deleteUser({ UserName });
  });
});

describe('tags of a user', () => {
  const UserName = 'tagged';

  test('are given, replaced by key whatever its case, and taken away', async () => {
    const { User } = await iam.createUser({ UserName, Tags: [{ Key: 'Team', Value: 'blue' }] });
    expect(User?.Tags).toEqual([{ Key: 'Team', Value: 'blue' }]);
    await iam.tagUser({
      UserName,
      Tags: [
        { Key: 'team', Value: 'green' },
        { Key: 'cost', Value: '' },
      ],
    });
    const tags = [
      { Key: 'cost', Value: '' },
      { Key: 'team', Value: 'green' },
    ];
    expect((await iam.getUser({ UserName })).User?.Tags).toEqual(tags);
    const first = await iam.listUserTags({ UserName, MaxItems: 1 });
    expect([first.Tags, first.IsTruncated]).toEqual([tags.slice(0, 1), true]);
    const second = await iam.listUserTags({ UserName, MaxItems: 1, Marker: first.Marker });
    expect([second.Tags, second.IsTruncated]).toEqual([tags.slice(1), false]);
    await iam.untagUser({ UserName, TagKeys: ['TEAM', 'never'] });
    expect((await iam.listUserTags({ UserName })).Tags).toEqual(tags.slice(0, 1));
    await iam.deleteUser({ UserName });
  });

  test('are fifty at most, and those that are one too many change nothing', async () => {
    const tags = Array.from({ length: 50 }, (_, number) => ({ Key: `k${number}`, Value: 'v' }));
    await iam.createUser({ UserName, Tags: tags });
    await expect(iam.tagUser({ UserName, Tags: [{ Key: 'k50', Value: 'v' }] })).rejects.toMatchObject({
      name: 'LimitExceededException',
    });
    await iam.tagUser({ UserName, Tags: [{ Key: 'K49', Value: 'new' }] });
    expect((await iam.listUserTags({ UserName })).Tags).toHaveLength(50);
    await iam.deleteUser({ UserName });
  });
});

test('an account has as many users as its quota says', async () => {
  const made: string[] = [];
  const fill = async (): Promise<never> => {
    for (;;) {
      const UserName = `many${made.length}`;
      await iam.createUser({ UserName });
      made.push(UserName);
    }
  };
  await expect(fill()).rejects.toMatchObject({
    name: 'LimitExceededException',
    message: 'Cannot exceed quota for UsersPerAccount: 12',
    $metadata: { httpStatusCode: 409 },
  });
  expect((await iam.getAccountSummary({})).SummaryMap).toMatchObject({ Users: 12, UsersQuota: 12 });
  for (const UserName of made) await iam.deleteUser({ UserName });
});

test('accounts do not see each other', async () => {
  const other = app.iam({ credentials: await openAccount(app, '210987654321') });
  await iam.createUser({ UserName: 'here' });
  expect(names((await other.listUsers({})).Users)).toEqual(['admin']);
  await expect(other.getUser({ UserName: 'here' })).rejects.toMatchObject({ name: 'NoSuchEntityException' });
  const { User } = await other.createUser({ UserName: 'here' });
  expect(User?.Arn).toBe('arn:aws:iam::210987654321:user/here');
  await iam.deleteUser({ UserName: 'here' });
  expect((await other.getUser({ UserName: 'here' })).User).toEqual(User);
});

describe('a user without policies', () => {
  test('may do nothing, and is not told who is there', async () => {
    const credentials = await makeUser(iam, 'nobody');
    const nobody = app.iam({ credentials });
    for (const UserName of ['admin', 'missing']) {
      await expect(nobody.getUser({ UserName })).rejects.toMatchObject({
        name: 'AccessDenied',
        message: `User: arn:aws:iam::${account}:user/nobody is not authorized to perform: iam:GetUser on resource: arn:aws:iam::${account}:user/${UserName} because no identity-based policy allows the iam:GetUser action`,
        $metadata: { httpStatusCode: 403 },
      });
    }
    await expect(nobody.listUsers({})).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(nobody.createAccessKey({})).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});
