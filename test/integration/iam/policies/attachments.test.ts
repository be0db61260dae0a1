import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { account, startApp, type RunningApp } from '../../../support/app.ts';
import { allow, decoded, iamAt, refusalOf, serviceTrust, type RecordedIam } from './iam-client.ts';

let app: RunningApp;
let admin: RecordedIam;
let iam: RecordedIam['iam'];

const policy = `arn:aws:iam::${account}:policy/eng/own`;
const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess';

beforeAll(async () => {
  app = await startApp();
  admin = iamAt(app);
  ({ iam } = admin);
  await iam.createPolicy({ PolicyName: 'own', Path: '/eng/', PolicyDocument: allow('ecr:ListImages') });
  await iam.createUser({ UserName: 'Bob' });
  await iam.createGroup({ GroupName: 'Crew' });
  await iam.createRole({ RoleName: 'Deploy', Path: '/ci/', AssumeRolePolicyDocument: serviceTrust });
});

afterAll(async () => {
  await app.close();
});

type Documented = { PolicyDocument?: string | undefined; PolicyName?: string | undefined };

/** The same five operations and four on each kind. */
const kinds = [
  {
    kind: 'user',
    name: 'Bob',
    attach: (PolicyArn: string) => iam.attachUserPolicy({ UserName: 'Bob', PolicyArn }),
    detach: (PolicyArn: string) => iam.detachUserPolicy({ UserName: 'Bob', PolicyArn }),
    attached: (input: object) => iam.listAttachedUserPolicies({ UserName: 'Bob', ...input }),
    put: (PolicyName: string, PolicyDocument: string) =>
      iam.putUserPolicy({ UserName: 'Bob', PolicyName, PolicyDocument }),
    get: (PolicyName: string): Promise<Documented> => iam.getUserPolicy({ UserName: 'Bob', PolicyName }),
    remove: (PolicyName: string) => iam.deleteUserPolicy({ UserName: 'Bob', PolicyName }),
    list: (input: object) => iam.listUserPolicies({ UserName: 'Bob', ...input }),
    size: 2048,
  },
  {
    kind: 'group',
    name: 'Crew',
    attach: (PolicyArn: string) => iam.attachGroupPolicy({ GroupName: 'Crew', PolicyArn }),
    detach: (PolicyArn: string) => iam.detachGroupPolicy({ GroupName: 'Crew', PolicyArn }),
    attached: (input: object) => iam.listAttachedGroupPolicies({ GroupName: 'Crew', ...input }),
    put: (PolicyName: string, PolicyDocument: string) =>
      iam.putGroupPolicy({ GroupName: 'Crew', PolicyName, PolicyDocument }),
    get: (PolicyName: string): Promise<Documented> => iam.getGroupPolicy({ GroupName: 'Crew', PolicyName }),
    remove: (PolicyName: string) => iam.deleteGroupPolicy({ GroupName: 'Crew', PolicyName }),
    list: (input: object) => iam.listGroupPolicies({ GroupName: 'Crew', ...input }),
    size: 5120,
  },
  {
    kind: 'role',
    name: 'Deploy',
    attach: (PolicyArn: string) => iam.attachRolePolicy({ RoleName: 'Deploy', PolicyArn }),
    detach: (PolicyArn: string) => iam.detachRolePolicy({ RoleName: 'Deploy', PolicyArn }),
    attached: (input: object) => iam.listAttachedRolePolicies({ RoleName: 'Deploy', ...input }),
    put: (PolicyName: string, PolicyDocument: string) =>
      iam.putRolePolicy({ RoleName: 'Deploy', PolicyName, PolicyDocument }),
    get: (PolicyName: string): Promise<Documented> => iam.getRolePolicy({ RoleName: 'Deploy', PolicyName }),
    remove: (PolicyName: string) => iam.deleteRolePolicy({ RoleName: 'Deploy', PolicyName }),
    list: (input: object) => iam.listRolePolicies({ RoleName: 'Deploy', ...input }),
    size: 10_240,
  },
];

describe.each(kinds)('of a $kind', (one) => {
  test('managed policies are attached once, listed by path and page, and detached', async () => {
    await one.attach(policy);
    await one.attach(policy);
    await one.attach(readOnly);
    expect((await one.attached({})).AttachedPolicies).toEqual([
      { PolicyName: 'own', PolicyArn: policy },
      { PolicyName: 'ReadOnlyAccess', PolicyArn: readOnly },
    ]);
    expect((await one.attached({ PathPrefix: '/eng/' })).AttachedPolicies).toHaveLength(1);
    const page = await one.attached({ MaxItems: 1 });
    expect(page).toMatchObject({ IsTruncated: true, AttachedPolicies: [{ PolicyName: 'own' }] });
    const rest = await one.attached({ MaxItems: 1, Marker: page.Marker });
    expect(rest).toMatchObject({ IsTruncated: false, AttachedPolicies: [{ PolicyName: 'ReadOnlyAccess' }] });
    await one.detach(policy);
    expect(await refusalOf(admin, one.detach(policy))).toEqual({
      status: 404,
      code: 'NoSuchEntity',
      message: `Policy ${policy} was not found.`,
    });
    await one.detach(readOnly);
    expect((await one.attached({})).AttachedPolicies).toEqual([]);
  });

  test('ten managed policies are attached and no more', async () => {
    const arns = await Promise.all(
      Array.from({ length: 11 }, async (_, number) => {
        const made = await iam.createPolicy({ PolicyName: `${one.kind}-${number}`, PolicyDocument: allow('ecr:*') });
        return made.Policy?.Arn ?? '';
      }),
    );
    for (const arn of arns.slice(0, 10)) await one.attach(arn);
    expect(await refusalOf(admin, one.attach(arns[10] ?? ''))).toEqual({
      status: 409,
      code: 'LimitExceeded',
      message: `Cannot exceed quota for PoliciesPer${one.kind.charAt(0).toUpperCase()}${one.kind.slice(1)}: 10`,
    });
    await one.attach(arns[0] ?? '');
    for (const arn of arns.slice(0, 10)) await one.detach(arn);
  });

  test.each([
    ['one that is not there', `arn:aws:iam::${account}:policy/none`, 404, 'NoSuchEntity'],
    ['one of another account', 'arn:aws:iam::210987654321:policy/eng/own', 404, 'NoSuchEntity'],
    ['one of AWS that is not there', 'arn:aws:iam::aws:policy/eng/own', 404, 'NoSuchEntity'],
    ['what is no ARN', 'arn:aws:iam::none:policy/x', 400, 'InvalidInput'],
    [
      'one that AWS keeps for its services',
      'arn:aws:iam::aws:policy/aws-service-role/ECRReplicationServiceRolePolicy',
      ...([400, 'PolicyNotAttachable'] as const),
    ],
  ])('no policy is attached that is %s', async (_what, arn, status, code) => {
    expect(await refusalOf(admin, one.attach(arn))).toMatchObject({ status, code });
  });

  test('policies inside are put, replaced, read byte for byte, listed by page, and deleted', async () => {
    const document = ` ${allow('ecr:ListImages')}\n`.trimStart();
    await one.put('First', allow('ecr:*'));
    await one.put('FIRST', document);
    await one.put('second', document.replace('"Version":"2012-10-17",', ''));
    const found = await one.get('first');
    expect(found.PolicyName).toBe('FIRST');
    expect(decoded(found.PolicyDocument)).toBe(document);
    const page = await one.list({ MaxItems: 1 });
    expect(page).toMatchObject({ IsTruncated: true, PolicyNames: ['FIRST'] });
    const rest = await one.list({ MaxItems: 1, Marker: page.Marker });
    expect(rest).toMatchObject({ IsTruncated: false, PolicyNames: ['second'] });
    await one.remove('first');
    await one.remove('second');
    for (const missing of [one.get('first'), one.remove('first')])
      await expect(missing).rejects.toMatchObject({ name: 'NoSuchEntityException' });
    expect(await refusalOf(admin, one.get('x'))).toEqual({
      status: 404,
      code: 'NoSuchEntity',
      message: `The ${one.kind} policy with name x cannot be found.`,
    });
  });

  test('all policies inside together have a size, white space not counted', async () => {
    const sized = (size: number): string => {
      const empty = JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Sid: '', Effect: 'Allow', Action: 'ecr:*', Resource: '*' }],
      });
      return empty.replace('"Sid":""', `"Sid":"${'s'.repeat(size - empty.length)}"`);
    };
    await one.put('half', sized(one.size / 2));
    await one.put('other', ` ${sized(one.size / 2).replaceAll(',', ', \n')}`.trimStart());
    expect(await refusalOf(admin, one.put('third', allow('ecr:*')))).toEqual({
      status: 409,
      code: 'LimitExceeded',
      message: `Maximum policy size of ${one.size} bytes exceeded for ${one.kind} ${one.name}`,
    });
    await one.put('half', sized(one.size / 2 - 200));
    await one.put('third', allow('ecr:*'));
    for (const name of ['half', 'other', 'third']) await one.remove(name);
  });

  test('what is malformed is refused', async () => {
    for (const document of ['{', '[]', allow('nothing')])
      expect(await refusalOf(admin, one.put('wrong', document))).toMatchObject({
        status: 400,
        code: 'MalformedPolicyDocument',
      });
    expect((await one.list({})).PolicyNames).toEqual([]);
  });
});

test('who holds a policy is listed by kind, path, use and page', async () => {
  const PolicyArn = policy;
  await iam.attachUserPolicy({ UserName: 'Bob', PolicyArn });
  await iam.attachGroupPolicy({ GroupName: 'Crew', PolicyArn });
  await iam.createRole({ RoleName: 'Bounded', AssumeRolePolicyDocument: serviceTrust, PermissionsBoundary: policy });
  await iam.attachRolePolicy({ RoleName: 'Deploy', PolicyArn });
  const list = async (input: object): Promise<string[]> => {
    const seen: string[] = [];
    for (let Marker: string | undefined, first = true; first || Marker !== undefined; first = false) {
      const marker = Marker === undefined ? {} : { Marker };
      const page = await iam.listEntitiesForPolicy({ PolicyArn, MaxItems: 1, ...input, ...marker });
      seen.push(...(page.PolicyGroups ?? []).map(({ GroupName, GroupId }) => `${GroupName} ${GroupId?.slice(0, 4)}`));
      seen.push(...(page.PolicyUsers ?? []).map(({ UserName, UserId }) => `${UserName} ${UserId?.slice(0, 4)}`));
      seen.push(...(page.PolicyRoles ?? []).map(({ RoleName, RoleId }) => `${RoleName} ${RoleId?.slice(0, 4)}`));
      Marker = page.Marker;
    }
    return seen.toSorted();
  };
  const all = ['Bob AIDA', 'Bounded AROA', 'Crew AGPA', 'Deploy AROA'];
  expect(await list({})).toEqual(all);
  expect(await list({ MaxItems: 1000 })).toEqual(all);
  expect(await list({ EntityFilter: 'Role' })).toEqual(['Bounded AROA', 'Deploy AROA']);
  expect(await list({ EntityFilter: 'Group' })).toEqual(['Crew AGPA']);
  expect(await list({ EntityFilter: 'LocalManagedPolicy' })).toEqual([]);
  expect(await list({ PathPrefix: '/ci/' })).toEqual(['Deploy AROA']);
  expect(await list({ PolicyUsageFilter: 'PermissionsBoundary' })).toEqual(['Bounded AROA']);
  expect(await list({ PolicyUsageFilter: 'PermissionsPolicy' })).toEqual(['Bob AIDA', 'Crew AGPA', 'Deploy AROA']);
  expect((await iam.getPolicy({ PolicyArn })).Policy).toMatchObject({
    AttachmentCount: 3,
    PermissionsBoundaryUsageCount: 1,
  });
  const conflict = { status: 409, code: 'DeleteConflict', message: 'Cannot delete a policy attached to entities.' };
  expect(await refusalOf(admin, iam.deletePolicy({ PolicyArn }))).toEqual(conflict);
  await iam.detachUserPolicy({ UserName: 'Bob', PolicyArn });
  await iam.detachGroupPolicy({ GroupName: 'Crew', PolicyArn });
  expect(await refusalOf(admin, iam.deleteRole({ RoleName: 'Deploy' }))).toEqual({
    ...conflict,
    message: 'Cannot delete entity, must detach all policies first.',
  });
  await iam.detachRolePolicy({ RoleName: 'Deploy', PolicyArn });
  expect(await refusalOf(admin, iam.deletePolicy({ PolicyArn }))).toEqual(conflict);
  await iam.deleteRole({ RoleName: 'Bounded' });
  await iam.deletePolicy({ PolicyArn });
});

test('a boundary is put on a user and a role, read, and taken away', async () => {
  const boundary = { PermissionsBoundaryType: 'PermissionsBoundaryPolicy', PermissionsBoundaryArn: readOnly };
  await iam.putUserPermissionsBoundary({ UserName: 'Bob', PermissionsBoundary: readOnly });
  await iam.putRolePermissionsBoundary({ RoleName: 'Deploy', PermissionsBoundary: readOnly });
  expect((await iam.getUser({ UserName: 'Bob' })).User?.PermissionsBoundary).toEqual(boundary);
  expect((await iam.getRole({ RoleName: 'Deploy' })).Role?.PermissionsBoundary).toEqual(boundary);
  await iam.deleteUserPermissionsBoundary({ UserName: 'Bob' });
  await iam.deleteRolePermissionsBoundary({ RoleName: 'Deploy' });
  await iam.deleteRolePermissionsBoundary({ RoleName: 'Deploy' });
  expect((await iam.getUser({ UserName: 'Bob' })).User?.PermissionsBoundary).toBeUndefined();
  expect((await iam.getRole({ RoleName: 'Deploy' })).Role?.PermissionsBoundary).toBeUndefined();
  const none = `arn:aws:iam::${account}:policy/none`;
  expect(
    await refusalOf(admin, iam.putRolePermissionsBoundary({ RoleName: 'Deploy', PermissionsBoundary: none })),
  ).toEqual({ status: 404, code: 'NoSuchEntity', message: `Scope ARN: ${none} does not exist or is not attachable.` });
});
