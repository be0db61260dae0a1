import { afterAll, beforeAll, expect, test } from 'vitest';
import { listTags } from '../../../../src/store/iam/tags.ts';
import { account, startApp, type RunningApp } from '../../../support/app.ts';
import { allow, decoded, iamAt, refusalOf, serviceTrust, type RecordedIam } from './iam-client.ts';

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

const ownArn = (name: string): string => `arn:aws:iam::${account}:policy${name}`;
const awsArn = (name: string): string => `arn:aws:iam::aws:policy${name}`;

test('a policy is made, read, changed by versions, read without a difference, and deleted', async () => {
  const PolicyArn = ownArn('/eng/Pull');
  const first = `${allow('ecr:BatchGetImage')}\n`;
  const made = await iam.createPolicy({
    PolicyName: 'Pull',
    Path: '/eng/',
    PolicyDocument: first,
    Description: 'pulls',
    Tags: [{ Key: 'team', Value: 'blue' }],
  });
  const shown = {
    PolicyName: 'Pull',
    PolicyId: expect.stringMatching(/^ANPA[A-Z2-7]{16}$/),
    Arn: PolicyArn,
    Path: '/eng/',
    DefaultVersionId: 'v1',
    AttachmentCount: 0,
    PermissionsBoundaryUsageCount: 0,
    IsAttachable: true,
    Tags: [{ Key: 'team', Value: 'blue' }],
  };
  expect(made.Policy).toMatchObject(shown);
  const { Policy } = await iam.getPolicy({ PolicyArn });
  expect(Policy).toEqual({ ...made.Policy, Description: 'pulls' });
  const read = await iam.getPolicyVersion({ PolicyArn, VersionId: 'v1' });
  expect(decoded(read.PolicyVersion?.Document)).toBe(first);
  expect(read.PolicyVersion).toMatchObject({ VersionId: 'v1', IsDefaultVersion: true });

  const second = allow('ecr:ListImages');
  const version = await iam.createPolicyVersion({ PolicyArn, PolicyDocument: second, SetAsDefault: true });
  expect(version.PolicyVersion).toMatchObject({ VersionId: 'v2', IsDefaultVersion: true });
  expect(version.PolicyVersion).not.toHaveProperty('Document');
  await iam.createPolicyVersion({ PolicyArn, PolicyDocument: allow('ecr:*') });
  const listed = await iam.listPolicyVersions({ PolicyArn });
  expect(listed.Versions?.map((one) => [one.VersionId, one.IsDefaultVersion])).toEqual([
    ['v3', false],
    ['v2', true],
    ['v1', false],
  ]);
  const page = await iam.listPolicyVersions({ PolicyArn, MaxItems: 2 });
  expect(page.IsTruncated).toBe(true);
  const rest = await iam.listPolicyVersions({ PolicyArn, MaxItems: 2, Marker: page.Marker });
  expect(rest.Versions?.map((one) => one.VersionId)).toEqual(['v1']);
  expect((await iam.getPolicy({ PolicyArn })).Policy?.DefaultVersionId).toBe('v2');
  await iam.setDefaultPolicyVersion({ PolicyArn, VersionId: 'v3' });
  await iam.deletePolicyVersion({ PolicyArn, VersionId: 'v2' });
  await iam.createPolicyVersion({ PolicyArn, PolicyDocument: second });
  expect((await iam.listPolicyVersions({ PolicyArn })).Versions?.map((one) => one.VersionId)).toEqual([
    ...['v4', 'v3', 'v1'],
  ]);
  expect((await iam.getPolicy({ PolicyArn })).Policy).toEqual((await iam.getPolicy({ PolicyArn })).Policy);
  expect(await refusalOf(admin, iam.deletePolicy({ PolicyArn }))).toEqual({
    status: 409,
    code: 'DeleteConflict',
    message:
      "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
  });
  for (const VersionId of ['v1', 'v4']) await iam.deletePolicyVersion({ PolicyArn, VersionId });
  await iam.deletePolicy({ PolicyArn });
  expect(await refusalOf(admin, iam.getPolicy({ PolicyArn }))).toEqual({
    status: 404,
    code: 'NoSuchEntity',
    message: `Policy ${PolicyArn} was not found.`,
  });
});

test('a policy holds five versions, and a number is never given twice', async () => {
  const PolicyArn = ownArn('/five');
  await iam.createPolicy({ PolicyName: 'five', PolicyDocument: allow('ecr:*') });
  const add = () => iam.createPolicyVersion({ PolicyArn, PolicyDocument: allow('ecr:*') });
  for (let version = 2; version <= 5; version += 1) await add();
  expect(await refusalOf(admin, add())).toEqual({
    status: 409,
    code: 'LimitExceeded',
    message:
      'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
  });
  await iam.deletePolicyVersion({ PolicyArn, VersionId: 'v5' });
  expect((await add()).PolicyVersion?.VersionId).toBe('v6');
  expect(await refusalOf(admin, iam.deletePolicyVersion({ PolicyArn, VersionId: 'v1' }))).toMatchObject({
    code: 'DeleteConflict',
    message: 'Cannot delete the default version of a policy.',
  });
  expect(await refusalOf(admin, iam.setDefaultPolicyVersion({ PolicyArn, VersionId: 'v5' }))).toMatchObject({
    code: 'NoSuchEntity',
    message: `Policy ${PolicyArn} version v5 does not exist or is not attachable.`,
  });
});

test('the policies of AWS are in every account, and nobody changes them', async () => {
  const PolicyArn = awsArn('/AmazonEC2ContainerRegistryPullOnly');
  const { Policy } = await iam.getPolicy({ PolicyArn });
  expect(Policy).toMatchObject({
    PolicyName: 'AmazonEC2ContainerRegistryPullOnly',
    Path: '/',
    DefaultVersionId: 'v1',
    AttachmentCount: 0,
    CreateDate: new Date('2024-10-04T16:58:49Z'),
  });
  const version = await iam.getPolicyVersion({ PolicyArn, VersionId: 'v1' });
  expect(JSON.parse(decoded(version.PolicyVersion?.Document))).toMatchObject({ Version: '2012-10-17' });
  expect((await iam.listPolicyVersions({ PolicyArn })).Versions).toHaveLength(1);
  expect((await iam.listPolicyTags({ PolicyArn })).Tags).toEqual([]);
  const user = `arn:aws:iam::${account}:user/admin`;
  const changes: [string, Promise<unknown>][] = [
    ['CreatePolicyVersion', iam.createPolicyVersion({ PolicyArn, PolicyDocument: allow('*') })],
  ];
  for (const [action, change] of changes)
    expect(await refusalOf(admin, change)).toEqual({
      status: 403,
      code: 'AccessDenied',
      message: `User: ${user} is not authorized to perform: iam:${action} on resource: policy ${PolicyArn}`,
    });
  for (const change of [
    () => iam.deletePolicy({ PolicyArn }),
    () => iam.setDefaultPolicyVersion({ PolicyArn, VersionId: 'v1' }),
    () => iam.deletePolicyVersion({ PolicyArn, VersionId: 'v1' }),
    () => iam.tagPolicy({ PolicyArn, Tags: [{ Key: 'a', Value: 'b' }] }),
    () => iam.untagPolicy({ PolicyArn, TagKeys: ['a'] }),
  ])
    expect(await refusalOf(admin, change())).toMatchObject({ status: 403, code: 'AccessDenied' });
  expect((await iam.getPolicy({ PolicyArn })).Policy).toEqual(Policy);
});

test('policies are listed by scope, path, attachment and use, page by page', async () => {
  const names = ['p-a', 'P-b', 'p-c'];
  for (const PolicyName of names)
    await iam.createPolicy({ PolicyName, Path: '/listed/', PolicyDocument: allow('ecr:*') });
  await iam.createRole({ RoleName: 'holder', AssumeRolePolicyDocument: serviceTrust });
  await iam.attachRolePolicy({ RoleName: 'holder', PolicyArn: ownArn('/listed/p-a') });
  await iam.attachRolePolicy({ RoleName: 'holder', PolicyArn: awsArn('/ReadOnlyAccess') });
  await iam.putRolePermissionsBoundary({ RoleName: 'holder', PermissionsBoundary: ownArn('/listed/p-c') });
  const list = async (input: Parameters<typeof iam.listPolicies>[0]): Promise<string[]> => {
    const seen: string[] = [];
    for (let Marker: string | undefined, first = true; first || Marker !== undefined; first = false) {
      const page = await iam.listPolicies({ ...input, MaxItems: 2, ...(Marker === undefined ? {} : { Marker }) });
      expect(page.Policies?.length).toBeLessThanOrEqual(2);
      seen.push(...(page.Policies ?? []).map((policy) => policy.PolicyName ?? ''));
      Marker = page.Marker;
    }
    return seen;
  };
  expect(await list({ Scope: 'Local', PathPrefix: '/listed/' })).toEqual(names);
  const aws = await list({ Scope: 'AWS' });
  expect(aws).toHaveLength(24);
  expect(aws).toContain('AdministratorAccess');
  expect(await list({})).toEqual([...(await list({ Scope: 'Local' })), ...aws]);
  expect(await list({ PathPrefix: '/service-role/' })).toEqual([
    ...['AmazonECSTaskExecutionRolePolicy', 'AWSAppRunnerServicePolicyForECRAccess'],
  ]);
  expect(await list({ OnlyAttached: true })).toEqual(['p-a', 'AdministratorAccess', 'ReadOnlyAccess']);
  expect(await list({ PolicyUsageFilter: 'PermissionsPolicy' })).toEqual([
    ...['p-a', 'AdministratorAccess', 'ReadOnlyAccess'],
  ]);
  expect(await list({ PolicyUsageFilter: 'PermissionsBoundary' })).toEqual(['p-c']);
  const [found] = (await iam.listPolicies({ PolicyUsageFilter: 'PermissionsBoundary' })).Policies ?? [];
  expect(found).toMatchObject({ AttachmentCount: 0, PermissionsBoundaryUsageCount: 1 });
});

test('tags of a policy are merged, taken away and gone with it', async () => {
  const PolicyArn = ownArn('/tagged');
  const { Policy } = await iam.createPolicy({ PolicyName: 'tagged', PolicyDocument: allow('ecr:*') });
  await iam.tagPolicy({
    PolicyArn,
    Tags: [
      { Key: 'a', Value: '1' },
      { Key: 'B', Value: '2' },
    ],
  });
  await iam.tagPolicy({ PolicyArn, Tags: [{ Key: 'b', Value: '3' }] });
  expect((await iam.listPolicyTags({ PolicyArn, MaxItems: 1 })).Tags).toEqual([{ Key: 'a', Value: '1' }]);
  expect((await iam.getPolicy({ PolicyArn })).Policy?.Tags).toEqual([
    { Key: 'a', Value: '1' },
    { Key: 'b', Value: '3' },
  ]);
  await iam.untagPolicy({ PolicyArn, TagKeys: ['A', 'none'] });
  expect((await iam.listPolicyTags({ PolicyArn })).Tags).toEqual([{ Key: 'b', Value: '3' }]);
  await iam.deletePolicy({ PolicyArn });
  expect(await app.app.store.read.all(listTags, { entity: Policy?.PolicyId ?? '' })).toEqual([]);
  await iam.createPolicy({ PolicyName: 'tagged', PolicyDocument: allow('ecr:*') });
  expect((await iam.listPolicyTags({ PolicyArn })).Tags).toEqual([]);
});

test('a policy is named by its exact ARN, and its name is taken in every case and path', async () => {
  await iam.createPolicy({ PolicyName: 'Exact', Path: '/a/', PolicyDocument: allow('ecr:*') });
  for (const wrong of ['/a/exact', '/Exact', '/b/Exact'])
    expect(await refusalOf(admin, iam.getPolicy({ PolicyArn: ownArn(wrong) }))).toMatchObject({ code: 'NoSuchEntity' });
  const again = iam.createPolicy({ PolicyName: 'EXACT', Path: '/b/', PolicyDocument: allow('ecr:*') });
  expect(await refusalOf(admin, again)).toEqual({
    status: 409,
    code: 'EntityAlreadyExists',
    message: 'A policy called EXACT already exists. Duplicate names are not allowed.',
  });
});
