import type { IAM } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { account, region, startApp, type RunningApp } from '../../support/app.ts';
import type { Credentials } from '../../support/stowage.ts';
import { allowing, makeKey, makeUser, openAccount } from './callers.ts';

const otherAccount = '210987654321';

let app: RunningApp;
let iam: IAM;
let foreign: IAM;

beforeAll(async () => {
  app = await startApp({ repositories: ['team/app'] });
  iam = app.iam();
  foreign = app.iam({ credentials: await openAccount(app, otherAccount) });
});

afterAll(async () => {
  await app?.close();
});

const whoIs = async (credentials: Credentials): Promise<string | undefined> =>
  (await app.sts({ credentials }).getCallerIdentity({})).Arn;

const unknown = { name: 'InvalidClientTokenId', $metadata: { httpStatusCode: 403 } };

test('a key is shown with its secret once, and acts as its user', async () => {
  await iam.createUser({ UserName: 'ada', Path: '/staff/' });
  const { AccessKey } = await iam.createAccessKey({ UserName: 'ADA' });
  expect(AccessKey).toEqual({
    UserName: 'ada',
    AccessKeyId: expect.stringMatching(/^AKIA[A-Z2-7]{16}$/),
    Status: 'Active',
    SecretAccessKey: expect.stringMatching(/^[A-Za-z0-9+/]{40}$/),
    CreateDate: expect.any(Date),
  });
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {};
  expect(await whoIs({ accessKeyId, secretAccessKey })).toBe(`arn:aws:iam::${account}:user/staff/ada`);
  const { SecretAccessKey: _, ...shown } = AccessKey ?? {};
  expect((await iam.listAccessKeys({ UserName: 'ada' })).AccessKeyMetadata).toEqual([shown]);
  await iam.deleteAccessKey({ UserName: 'ada', AccessKeyId: accessKeyId });
  await iam.deleteUser({ UserName: 'ada' });
});

test('a user has two keys at most, whatever their state', async () => {
  const [first, second] = [await makeUser(iam, 'pair'), await makeKey(iam, 'pair')];
  await iam.updateAccessKey({ UserName: 'pair', AccessKeyId: first.accessKeyId, Status: 'Inactive' });
  await expect(iam.createAccessKey({ UserName: 'pair' })).rejects.toMatchObject({
    name: 'LimitExceededException',
    message: 'Cannot exceed quota for AccessKeysPerUser: 2',
    $metadata: { httpStatusCode: 409 },
  });
  const page = await iam.listAccessKeys({ UserName: 'pair', MaxItems: 1 });
  const rest = await iam.listAccessKeys({ UserName: 'pair', MaxItems: 1, Marker: page.Marker });
  expect([page.IsTruncated, rest.IsTruncated]).toEqual([true, false]);
  const listed = [page, rest].flatMap(({ AccessKeyMetadata = [] }) => AccessKeyMetadata);
  expect(new Map(listed.map(({ AccessKeyId, Status }) => [AccessKeyId, Status]))).toEqual(
    new Map([
      [first.accessKeyId, 'Inactive'],
      [second.accessKeyId, 'Active'],
    ]),
  );
  await iam.deleteAccessKey({ UserName: 'pair', AccessKeyId: first.accessKeyId });
  await makeKey(iam, 'pair');
});

test('without a name the operations mean the user who calls', async () => {
  const credentials = await makeUser(iam, 'self', allowing('iam:*AccessKey*', `arn:aws:iam::${account}:user/self`));
  const self = app.iam({ credentials });
  const { AccessKey } = await self.createAccessKey({});
  expect(AccessKey?.UserName).toBe('self');
  expect((await self.listAccessKeys({})).AccessKeyMetadata).toHaveLength(2);
  await self.updateAccessKey({ AccessKeyId: AccessKey?.AccessKeyId, Status: 'Inactive' });
  await self.deleteAccessKey({ AccessKeyId: AccessKey?.AccessKeyId });
  expect((await self.listAccessKeys({})).AccessKeyMetadata).toHaveLength(1);
  await expect(self.listAccessKeys({ UserName: 'admin' })).rejects.toMatchObject({ name: 'AccessDenied' });
});

describe('between two requests', () => {
  const list = async (authorization: string): Promise<number> =>
    (await app.ask('GET', '/v2/team/app/tags/list', { authorization })).status;

  test('a key that is switched off is void, with the login token from it, until it is switched on', async () => {
    const credentials = await makeUser(iam, 'switched', allowing('ecr:*'));
    const { accessKeyId: AccessKeyId } = credentials;
    const authorization = await app.logIn({ credentials });
    expect([await list(authorization), await whoIs(credentials)]).toEqual([
      200,
      `arn:aws:iam::${account}:user/switched`,
    ]);
    await iam.updateAccessKey({ UserName: 'switched', AccessKeyId, Status: 'Inactive' });
    expect(await list(authorization)).toBe(401);
    await expect(whoIs(credentials)).rejects.toMatchObject(unknown);
    await iam.updateAccessKey({ UserName: 'switched', AccessKeyId, Status: 'Active' });
    expect([await list(authorization), await whoIs(credentials)]).toEqual([
      200,
      `arn:aws:iam::${account}:user/switched`,
    ]);
  });

  test('a key that is deleted is void, with the login token from it', async () => {
    const credentials = await makeUser(iam, 'deleted', allowing('ecr:*'));
    const authorization = await app.logIn({ credentials });
    expect(await list(authorization)).toBe(200);
    await iam.deleteAccessKey({ UserName: 'deleted', AccessKeyId: credentials.accessKeyId });
    expect(await list(authorization)).toBe(401);
    await expect(whoIs(credentials)).rejects.toMatchObject(unknown);
  });

  test('a user that is renamed is who it is called now', async () => {
    const credentials = await makeUser(iam, 'before');
    expect(await whoIs(credentials)).toBe(`arn:aws:iam::${account}:user/before`);
    await iam.updateUser({ UserName: 'before', NewUserName: 'after', NewPath: '/moved/' });
    expect(await whoIs(credentials)).toBe(`arn:aws:iam::${account}:user/moved/after`);
  });
});

describe('a key of somebody else', () => {
  const missing = (id: string) => ({
    name: 'NoSuchEntityException',
    message: `The Access Key with id ${id} cannot be found.`,
    $metadata: { httpStatusCode: 404 },
  });

  test.each(['a user of the same account', 'a user of another account'])('that is %s is not found', async (where) => {
    const id =
      where === 'a user of the same account'
        ? app.credentials().accessKeyId
        : (await makeUser(foreign, 'theirs')).accessKeyId;
    await iam.createUser({ UserName: 'grabber' });
    const named = { UserName: 'grabber', AccessKeyId: id };
    await expect(iam.updateAccessKey({ ...named, Status: 'Inactive' })).rejects.toMatchObject(missing(id));
    await expect(iam.deleteAccessKey(named)).rejects.toMatchObject(missing(id));
    await iam.deleteUser({ UserName: 'grabber' });
  });
});

describe('the last use of a key', () => {
  test('is nothing, then when and with which service and region it was used', async () => {
    const credentials = await makeUser(iam, 'used', allowing('*'));
    const AccessKeyId = credentials.accessKeyId;
    expect(await iam.getAccessKeyLastUsed({ AccessKeyId })).toMatchObject({
      UserName: 'used',
      AccessKeyLastUsed: { ServiceName: 'N/A', Region: 'N/A' },
    });
    const uses = [
      ['sts', region, () => app.sts({ credentials }).getCallerIdentity({})],
      ['ecr', 'eu-west-3', () => app.logIn({ credentials, region: 'eu-west-3' })],
    ] as const;
    for (const [ServiceName, Region, use] of uses) {
      const before = Math.floor(app.now() / 1000) * 1000;
      await use();
      const { AccessKeyLastUsed } = await iam.getAccessKeyLastUsed({ AccessKeyId });
      expect(AccessKeyLastUsed).toMatchObject({ ServiceName, Region });
      expect(AccessKeyLastUsed?.LastUsedDate?.getTime()).toBeGreaterThanOrEqual(before);
    }
  });

  test('is kept over a restart', async () => {
    const { accessKeyId: AccessKeyId } = await makeUser(iam, 'kept').then(async (credentials) => {
      await app.sts({ credentials }).getCallerIdentity({});
      return credentials;
    });
    const before = await iam.getAccessKeyLastUsed({ AccessKeyId });
    expect(before.AccessKeyLastUsed?.ServiceName).toBe('sts');
    await app.restart();
    const after = await app.iam().getAccessKeyLastUsed({ AccessKeyId });
    expect(after.AccessKeyLastUsed).toEqual(before.AccessKeyLastUsed);
  });

  test('of another account’s key, or of none, is not told', async () => {
    const theirs = (await makeUser(foreign, 'secretive')).accessKeyId;
    for (const AccessKeyId of [theirs, 'AKIAIOSFODNN7EXAMPLE'])
      await expect(iam.getAccessKeyLastUsed({ AccessKeyId })).rejects.toMatchObject({
        name: 'AccessDenied',
        message: `User: arn:aws:iam::${account}:user/admin is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key ${AccessKeyId}`,
        $metadata: { httpStatusCode: 403 },
      });
  });
});

test('nobody can let a key expire', async () => {
  const { accessKeyId: AccessKeyId } = await makeUser(iam, 'fresh');
  await expect(iam.updateAccessKey({ UserName: 'fresh', AccessKeyId, Status: 'Expired' })).rejects.toMatchObject({
    name: 'InvalidInputException',
    $metadata: { httpStatusCode: 400 },
  });
});

test('the administrator may delete its last key and itself, and the operator makes it again', async () => {
  const lost = await startApp();
  try {
    const admin = lost.iam();
    const policy = { UserName: 'admin', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' };
    const before = (await admin.getUser({})).User;
    const deputy = lost.iam({ credentials: await makeUser(admin, 'deputy', allowing('*')) });
    await admin.deleteAccessKey({ AccessKeyId: lost.credentials().accessKeyId });
    await expect(admin.getUser({})).rejects.toMatchObject(unknown);
    await lost.admin('credentials.reset');
    expect((await lost.iam().getUser({})).User).toEqual(before);
    await deputy.detachUserPolicy(policy);
    await expect(lost.iam().listUsers({})).rejects.toMatchObject({ name: 'AccessDenied' });
    await deputy.deleteAccessKey({ UserName: 'admin', AccessKeyId: lost.credentials().accessKeyId });
    await deputy.deleteUser({ UserName: 'admin' });
    await lost.admin('credentials.reset');
    const { User } = await lost.iam().getUser({});
    expect(User?.Arn).toBe(before?.Arn);
    expect(User?.UserId).not.toBe(before?.UserId);
    expect((await lost.iam().listUsers({})).Users).toHaveLength(2);
  } finally {
    await lost.close();
  }
});
