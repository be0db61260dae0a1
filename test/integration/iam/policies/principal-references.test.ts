import { afterAll, beforeAll, expect, test } from 'vitest';
import { findRole } from '../../../../src/store/iam/roles.ts';
import { account, startApp, type RunningApp } from '../../../support/app.ts';
import type { Credentials } from '../../../support/stowage.ts';
import { assume } from '../../../support/sessions.ts';
import { allow, decoded, iamAt, refusalOf, serviceTrust, trust, userWith, type RecordedIam } from './iam-client.ts';

const other = '210987654321';
const absent = '333333333333';

let app: RunningApp;
let admin: RecordedIam;
let iam: RecordedIam['iam'];
let foreign: RecordedIam;

beforeAll(async () => {
  app = await startApp();
  admin = iamAt(app);
  ({ iam } = admin);
  foreign = iamAt(app, (await app.admin('accounts.create', { account: other })) as Credentials);
});

afterAll(async () => {
  await app.close();
});

const userOf = (name: string, owner: string = account): string => `arn:aws:iam::${owner}:user${name}`;
const roleOf = (name: string, owner: string = account): string => `arn:aws:iam::${owner}:role${name}`;

let count = 0;
/** Makes a role that trusts these, and gives its trust policy as it is shown and what is kept beside it. */
async function roleTrusting(...principals: string[]) {
  const RoleName = `trusting-${(count += 1)}`;
  const { Role } = await iam.createRole({ RoleName, AssumeRolePolicyDocument: trust(...principals) });
  return {
    RoleName,
    shown: async (): Promise<string> => decoded((await iam.getRole({ RoleName })).Role?.AssumeRolePolicyDocument),
    kept: async (): Promise<unknown> => {
      const row = await app.app.store.read.first(findRole, { id: Role?.RoleId ?? '' });
      return JSON.parse(row?.trust_principals ?? '');
    },
  };
}

test('each kind of principal stands for its unique id or account', async () => {
  const { User } = await iam.createUser({ UserName: 'Ann', Path: '/eng/' });
  const { Role } = await foreign.iam.createRole({ RoleName: 'Far', AssumeRolePolicyDocument: serviceTrust });
  const principals = [
    ...[account, `arn:aws:iam::${other}:root`, userOf('/eng/Ann'), roleOf('/Far', other)],
    `arn:aws:sts::${other}:assumed-role/Far/session`,
    `arn:aws:sts::${account}:federated-user/someone`,
    '*',
  ];
  const role = await roleTrusting(...principals);
  expect(await role.kept()).toEqual({
    [account]: account,
    [`arn:aws:iam::${other}:root`]: other,
    [userOf('/eng/Ann')]: User?.UserId,
    [roleOf('/Far', other)]: Role?.RoleId,
    [`arn:aws:sts::${other}:assumed-role/Far/session`]: Role?.RoleId,
    [`arn:aws:sts::${account}:federated-user/someone`]: account,
  });
  expect(await role.shown()).toBe(trust(...principals));
});

test.each([
  ['a user that is not there', userOf('/nobody')],
  ['a user under another path', userOf('/ops/Ann')],
  ['a user in another case', userOf('/eng/ann')],
  ['a role that is not there', roleOf('/nobody')],
  ['a role of another account that is here', roleOf('/nobody', other)],
  ['a role in another case', roleOf('/far', other)],
  ['a session of a role that is not there', `arn:aws:sts::${account}:assumed-role/nobody/session`],
  ['a session of a role in another case', `arn:aws:sts::${other}:assumed-role/far/session`],
  ['a role that is a user', roleOf('/eng/Ann')],
])('%s is refused', async (_what, arn) => {
  const refused = {
    status: 400,
    code: 'MalformedPolicyDocument',
    message: `Invalid principal in policy: "AWS":"${arn}"`,
  };
  const make = iam.createRole({ RoleName: 'refused', AssumeRolePolicyDocument: trust(account, arn) });
  expect(await refusalOf(admin, make)).toEqual(refused);
  await expect(iam.getRole({ RoleName: 'refused' })).rejects.toThrow('cannot be found');
  const role = await roleTrusting(account);
  const change = iam.updateAssumeRolePolicy({ RoleName: role.RoleName, PolicyDocument: trust(arn) });
  expect(await refusalOf(admin, change)).toEqual(refused);
  expect(await role.shown()).toBe(trust(account));
});

test('accounts that are not here stand for nobody, also when they are made later, until the policy is saved again', async () => {
  const principals = [absent, roleOf('/any', absent), userOf('/any', absent)];
  const role = await roleTrusting(...principals);
  const nobody = Object.fromEntries(principals.map((one) => [one, null]));
  expect(await role.kept()).toEqual(nobody);
  await app.admin('accounts.create', { account: absent });
  expect(await role.kept()).toEqual(nobody);
  expect(await role.shown()).toBe(trust(...principals));
  await iam.updateAssumeRolePolicy({ RoleName: role.RoleName, PolicyDocument: trust(absent) });
  expect(await role.kept()).toEqual({ [absent]: absent });
});

test('a principal that is gone shows as its unique id, and its successor does not inherit', async () => {
  const make = async (): Promise<string> => (await iam.createUser({ UserName: 'Temp' })).User?.UserId ?? '';
  const first = await make();
  const role = await roleTrusting(userOf('/Temp'), account);
  expect(await role.kept()).toMatchObject({ [userOf('/Temp')]: first });
  await iam.deleteUser({ UserName: 'Temp' });
  expect(await role.shown()).toBe(trust(first, account));
  const second = await make();
  expect(second).not.toBe(first);
  expect(await role.shown()).toBe(trust(first, account));
  expect(await role.kept()).toMatchObject({ [userOf('/Temp')]: first });
  const { Roles } = await iam.listRoles({});
  const listed = Roles?.find(({ RoleName }) => RoleName === role.RoleName);
  expect(decoded(listed?.AssumeRolePolicyDocument)).toBe(trust(first, account));
  const back = iam.updateAssumeRolePolicy({ RoleName: role.RoleName, PolicyDocument: trust(first) });
  expect(await refusalOf(admin, back)).toMatchObject({ code: 'MalformedPolicyDocument' });
  await iam.updateAssumeRolePolicy({ RoleName: role.RoleName, PolicyDocument: trust(userOf('/Temp')) });
  expect(await role.kept()).toEqual({ [userOf('/Temp')]: second });
});

test('a role that is gone shows as its unique id, and so does a session of it', async () => {
  const { Role } = await foreign.iam.createRole({ RoleName: 'Gone', AssumeRolePolicyDocument: serviceTrust });
  const session = `arn:aws:sts::${other}:assumed-role/Gone/session`;
  const role = await roleTrusting(roleOf('/Gone', other), session);
  await foreign.iam.deleteRole({ RoleName: 'Gone' });
  await foreign.iam.createRole({ RoleName: 'Gone', AssumeRolePolicyDocument: serviceTrust });
  expect(await role.shown()).toBe(trust(Role?.RoleId ?? '', `${Role?.RoleId}:session`));
});

test('a user that is named anew shows under the name that it has', async () => {
  await iam.createUser({ UserName: 'Before' });
  const role = await roleTrusting(userOf('/Before'));
  await iam.updateUser({ UserName: 'Before', NewUserName: 'After', NewPath: '/moved/' });
  expect(await role.shown()).toBe(trust(userOf('/moved/After')));
  const { UserId } = (await iam.createUser({ UserName: 'Before' })).User ?? {};
  expect(await role.kept()).not.toEqual({ [userOf('/Before')]: UserId });
});

test('who is made again under an old name does not come into its roles', async () => {
  const mayAssume = (): Promise<Credentials> => userWith(admin, 'Again', allow('sts:AssumeRole'));
  const remove = async (): Promise<void> => {
    const { AccessKeyMetadata } = await iam.listAccessKeys({ UserName: 'Again' });
    for (const { AccessKeyId } of AccessKeyMetadata ?? [])
      await iam.deleteAccessKey({ UserName: 'Again', AccessKeyId });
    await iam.deleteUserPolicy({ UserName: 'Again', PolicyName: 'own' });
    await iam.deleteUser({ UserName: 'Again' });
  };
  const first = await mayAssume();
  const { RoleName } = await roleTrusting(userOf('/Again'));
  await assume(app.sts({ credentials: first }), roleOf(`/${RoleName}`));
  await remove();
  const second = await mayAssume();
  await expect(assume(app.sts({ credentials: second }), roleOf(`/${RoleName}`))).rejects.toThrow('sts:AssumeRole');
  await iam.updateAssumeRolePolicy({ RoleName, PolicyDocument: trust(userOf('/Again')) });
  await assume(app.sts({ credentials: second }), roleOf(`/${RoleName}`));
  await remove();
});

test('accounts that are made after a policy is saved do not come in by it', async () => {
  const later = '444444444444';
  const { RoleName } = await roleTrusting(later);
  const credentials = (await app.admin('accounts.create', { account: later })) as Credentials;
  const arn = roleOf(`/${RoleName}`);
  await expect(assume(app.sts({ credentials }), arn)).rejects.toThrow('sts:AssumeRole');
  await iam.updateAssumeRolePolicy({ RoleName, PolicyDocument: trust(later) });
  await assume(app.sts({ credentials }), arn);
});

test('when a role was used last is told at once, with the region', async () => {
  const { RoleName } = await roleTrusting(account);
  const credentials = await assume(app.sts(), roleOf(`/${RoleName}`));
  await app.sts({ credentials, region: 'eu-west-1' }).getCallerIdentity({});
  const { LastUsedDate, Region } = (await iam.getRole({ RoleName })).Role?.RoleLastUsed ?? {};
  expect(Region).toBe('eu-west-1');
  expect(Math.abs((LastUsedDate?.getTime() ?? 0) - app.now())).toBeLessThan(60_000);
});
