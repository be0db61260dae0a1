import { afterAll, beforeAll, expect, test } from 'vitest';
import { listTags } from '../../../../src/store/iam/tags.ts';
import { account, startApp, type RunningApp } from '../../../support/app.ts';
import { decoded, iamAt, refusalOf, serviceTrust, trust, type RecordedIam } from './iam-client.ts';

let app: RunningApp;
let admin: RecordedIam;
let iam: RecordedIam['iam'];

beforeAll(async () => {
  app = await startApp();
  admin = iamAt(app);
  ({ iam } = admin);
});

afterAll(async () => {
  await app.close();
});

test('a role is made, read, changed, read without a difference, and deleted', async () => {
  const RoleName = 'Deploy';
  const made = await iam.createRole({
    RoleName,
    Path: '/eng/ci/',
    AssumeRolePolicyDocument: serviceTrust,
    Description: 'deploys',
    MaxSessionDuration: 7200,
    Tags: [{ Key: 'Team', Value: 'blue' }],
  });
  const expected = {
    Path: '/eng/ci/',
    RoleName,
    RoleId: expect.stringMatching(/^AROA[A-Z2-7]{16}$/),
    Arn: `arn:aws:iam::${account}:role/eng/ci/Deploy`,
    CreateDate: expect.any(Date),
    Description: 'deploys',
    MaxSessionDuration: 7200,
    Tags: [{ Key: 'Team', Value: 'blue' }],
  };
  expect(made.Role).toMatchObject(expected);
  expect(decoded(made.Role?.AssumeRolePolicyDocument)).toBe(serviceTrust);
  const { Role } = await iam.getRole({ RoleName });
  expect(Role).toMatchObject({ ...expected, RoleId: made.Role?.RoleId, CreateDate: made.Role?.CreateDate });
  expect(Role?.RoleLastUsed).toEqual({});
  expect(decoded(Role?.AssumeRolePolicyDocument)).toBe(serviceTrust);

  await iam.updateRole({ RoleName, Description: '', MaxSessionDuration: 3600 });
  const other = `  ${trust(`arn:aws:iam::${account}:root`)}\n`.trimStart();
  await iam.updateAssumeRolePolicy({ RoleName, PolicyDocument: other });
  const changed = (await iam.getRole({ RoleName })).Role;
  expect(changed).toMatchObject({ MaxSessionDuration: 3600, RoleId: made.Role?.RoleId });
  expect(changed?.Description).toBeUndefined();
  expect(decoded(changed?.AssumeRolePolicyDocument)).toBe(other);
  await iam.updateRole({ RoleName, MaxSessionDuration: 4000 });
  expect((await iam.updateRoleDescription({ RoleName, Description: 'again' })).Role).toMatchObject({
    Description: 'again',
    MaxSessionDuration: 4000,
  });
  expect((await iam.getRole({ RoleName })).Role).toEqual((await iam.getRole({ RoleName })).Role);

  await iam.deleteRole({ RoleName });
  expect(await refusalOf(admin, iam.getRole({ RoleName }))).toEqual({
    status: 404,
    code: 'NoSuchEntity',
    message: 'The role with name Deploy cannot be found.',
  });
});

test('documents come back URL-encoded, with %20 for a space, and byte for byte', async () => {
  const document = serviceTrust.replace('"Effect"', '\n\t"Sid" : "",\r\n "Effect"');
  await iam.createRole({ RoleName: 'encoded', AssumeRolePolicyDocument: document });
  await iam.getRole({ RoleName: 'encoded' });
  const sent = /<AssumeRolePolicyDocument>([^<]*)</.exec(admin.answers.at(-1)?.body ?? '')?.[1] ?? '';
  expect(sent).toMatch(/^[A-Za-z0-9%._~-]+$/);
  expect(sent).toContain('%22Sid%22%20%3A%20%22%22');
  expect(decodeURIComponent(sent)).toBe(document);
  await iam.deleteRole({ RoleName: 'encoded' });
});

test('a role is found by its name in another case, and there is no second one that differs in case only', async () => {
  await iam.createRole({ RoleName: 'CaseRole', AssumeRolePolicyDocument: serviceTrust });
  expect((await iam.getRole({ RoleName: 'caserole' })).Role?.RoleName).toBe('CaseRole');
  const again = iam.createRole({ RoleName: 'CASEROLE', AssumeRolePolicyDocument: serviceTrust });
  expect(await refusalOf(admin, again)).toEqual({
    status: 409,
    code: 'EntityAlreadyExists',
    message: 'Role with name CASEROLE already exists.',
  });
  await iam.deleteRole({ RoleName: 'CaseRole' });
});

test('roles are listed by name, page by page, under a path, without what only GetRole tells', async () => {
  const names = ['l-a', 'L-b', 'l-c', 'l-d', 'l-e'];
  for (const [place, RoleName] of names.entries())
    await iam.createRole({
      ...{ RoleName, AssumeRolePolicyDocument: serviceTrust, Tags: [{ Key: 'k', Value: 'v' }] },
      Path: place % 2 === 0 ? '/list/even/' : '/list/odd/',
      PermissionsBoundary: 'arn:aws:iam::aws:policy/ReadOnlyAccess',
    });
  const seen: string[] = [];
  for (let Marker: string | undefined, first = true; first || Marker !== undefined; first = false) {
    const page = await iam.listRoles({
      PathPrefix: '/list/',
      MaxItems: 2,
      ...(Marker === undefined ? {} : { Marker }),
    });
    seen.push(...(page.Roles ?? []).map((role) => role.RoleName ?? ''));
    for (const role of page.Roles ?? []) expect(role).not.toHaveProperty('PermissionsBoundary');
    for (const role of page.Roles ?? []) expect(role.Tags).toBeUndefined();
    expect(page.IsTruncated).toBe(page.Marker !== undefined);
    Marker = page.Marker;
  }
  expect(seen).toEqual(names);
  const odd = await iam.listRoles({ PathPrefix: '/list/odd' });
  expect(odd.Roles?.map((role) => role.RoleName)).toEqual(['L-b', 'l-d']);
  expect((await iam.listRoles({ PathPrefix: '/lisT/' })).Roles).toEqual([]);
  const wrong = await refusalOf(admin, iam.listRoles({ Marker: 'made-up' }));
  expect(wrong).toMatchObject({ status: 400, code: 'ValidationError' });
  for (const RoleName of names) await iam.deleteRole({ RoleName });
});

test('tags are merged without regard to case, taken away, and listed page by page', async () => {
  const RoleName = 'tagged';
  const { Role } = await iam.createRole({ RoleName, AssumeRolePolicyDocument: serviceTrust });
  await iam.tagRole({
    RoleName,
    Tags: [
      { Key: 'Team', Value: 'blue' },
      { Key: 'cost', Value: '' },
    ],
  });
  await iam.tagRole({ RoleName, Tags: [{ Key: 'TEAM', Value: 'green' }] });
  expect((await iam.listRoleTags({ RoleName })).Tags).toEqual([
    { Key: 'cost', Value: '' },
    { Key: 'TEAM', Value: 'green' },
  ]);
  const long = { Key: 'ü'.repeat(128), Value: 'ü'.repeat(256) };
  await iam.tagRole({ RoleName, Tags: [long] });
  const first = await iam.listRoleTags({ RoleName, MaxItems: 2 });
  expect(first.IsTruncated).toBe(true);
  const second = await iam.listRoleTags({ RoleName, MaxItems: 2, Marker: first.Marker });
  expect([...(first.Tags ?? []), ...(second.Tags ?? [])]).toContainEqual(long);
  expect(second.IsTruncated).toBe(false);
  await iam.untagRole({ RoleName, TagKeys: ['team', long.Key, 'never-there'] });
  expect((await iam.getRole({ RoleName })).Role?.Tags).toEqual([{ Key: 'cost', Value: '' }]);
  await iam.deleteRole({ RoleName });
  expect(await app.app.store.read.all(listTags, { entity: Role?.RoleId ?? '' })).toEqual([]);
  await iam.createRole({ RoleName, AssumeRolePolicyDocument: serviceTrust });
  expect((await iam.listRoleTags({ RoleName })).Tags).toEqual([]);
  await iam.deleteRole({ RoleName });
});
