/**
 * The calls that Terraform's provider makes for a registry and who may use it, over three services in one go: create,
 * read, plan without a difference, update, read again, destroy in the reverse order.
 */
import { ECR } from '@aws-sdk/client-ecr';
import { IAM } from '@aws-sdk/client-iam';
import { STS } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { policyOf } from '../../support/iam.ts';
import { account, region, startStowage, type Stowage } from '../../support/stowage.ts';

const UserName = 'deployer';
const RoleName = 'puller';
const repositoryName = 'team/app';
const repositoryArn = `arn:aws:ecr:${region}:${account}:repository/${repositoryName}`;
const pulling = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];

let server: Stowage;
let iam: IAM;
let ecr: ECR;
let sts: STS;

beforeAll(async () => {
  server = await startStowage();
  const configuration = { endpoint: server.url, region, credentials: { ...server.credentials }, maxAttempts: 1 };
  [iam, ecr, sts] = [new IAM(configuration), new ECR(configuration), new STS(configuration)];
});

afterAll(async () => {
  for (const client of [iam, ecr, sts]) client?.destroy();
  await server?.close();
});

/** IAM gives documents in percent-encoding; policies are compared by what they mean. */
const meaningOf = (document = ''): unknown => JSON.parse(decodeURIComponent(document));

async function readUser(): Promise<object> {
  const { User } = await iam.getUser({ UserName });
  const { AccessKeyMetadata } = await iam.listAccessKeys({ UserName });
  const { PolicyDocument } = await iam.getUserPolicy({ UserName, PolicyName: 'login' });
  return { user: User, keys: AccessKeyMetadata, login: meaningOf(PolicyDocument) };
}

async function readRole(): Promise<object> {
  const { Role } = await iam.getRole({ RoleName });
  const { PolicyNames } = await iam.listRolePolicies({ RoleName });
  const { AttachedPolicies } = await iam.listAttachedRolePolicies({ RoleName });
  const trust = meaningOf(Role?.AssumeRolePolicyDocument);
  return { role: { ...Role, AssumeRolePolicyDocument: trust }, inline: PolicyNames, attached: AttachedPolicies };
}

async function readPolicy(PolicyArn: string): Promise<object> {
  const { Policy } = await iam.getPolicy({ PolicyArn });
  const { PolicyVersion } = await iam.getPolicyVersion({ PolicyArn, VersionId: Policy?.DefaultVersionId });
  return { policy: Policy, document: meaningOf(PolicyVersion?.Document) };
}

async function readRepository(): Promise<object> {
  const { repositories } = await ecr.describeRepositories({ repositoryNames: [repositoryName] });
  const { tags } = await ecr.listTagsForResource({ resourceArn: repositories?.[0]?.repositoryArn });
  const { policyText } = await ecr.getRepositoryPolicy({ repositoryName });
  return { repository: repositories?.[0], tags, policy: meaningOf(policyText) };
}

/** What a refresh keeps as the state. */
async function refresh(PolicyArn: string): Promise<object> {
  return {
    user: await readUser(),
    role: await readRole(),
    policy: await readPolicy(PolicyArn),
    repository: await readRepository(),
  };
}

const nameOfRefusal = async (asked: Promise<unknown>): Promise<string> =>
  await asked.then(
    () => 'not refused',
    (error: Error) => error.name,
  );

test('users, roles, policies, a repository and its policy, from the first apply to the last destroy', async () => {
  const caller = await sts.getCallerIdentity({});
  expect(caller).toMatchObject({ Account: account, Arn: `arn:aws:iam::${account}:user/admin` });

  // apply
  const Tags = [{ Key: 'Name', Value: 'registry' }];
  const tags = [{ Key: 'Name', Value: 'registry' }];
  const { User } = await iam.createUser({ UserName, Path: '/ci/', Tags });
  const login = policyOf({ Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' });
  await iam.putUserPolicy({ UserName, PolicyName: 'login', PolicyDocument: login });
  const { AccessKey } = await iam.createAccessKey({ UserName });
  const trust = policyOf({ Effect: 'Allow', Principal: { AWS: User?.Arn }, Action: 'sts:AssumeRole' });
  const { Role } = await iam.createRole({ RoleName, Path: '/', AssumeRolePolicyDocument: trust, Tags });
  const pull = policyOf({ Effect: 'Allow', Action: pulling, Resource: repositoryArn });
  const { Policy } = await iam.createPolicy({ PolicyName: 'pull', Path: '/', PolicyDocument: pull, Tags });
  const PolicyArn = Policy?.Arn ?? '';
  await iam.attachRolePolicy({ RoleName, PolicyArn });
  await ecr.createRepository({ repositoryName, imageTagMutability: 'IMMUTABLE', tags });
  const letIn = (...Action: string[]): string =>
    policyOf({ Sid: 'Pull', Effect: 'Allow', Principal: { AWS: Role?.Arn }, Action });
  await ecr.setRepositoryPolicy({ repositoryName, policyText: letIn(...pulling) });

  const first = await refresh(PolicyArn);
  expect(first).toMatchObject({
    user: {
      user: { Arn: `arn:aws:iam::${account}:user/ci/${UserName}`, Tags },
      keys: [{ AccessKeyId: AccessKey?.AccessKeyId, Status: 'Active' }],
      login: JSON.parse(login),
    },
    role: {
      role: { AssumeRolePolicyDocument: JSON.parse(trust), MaxSessionDuration: 3600, Tags },
      inline: [],
      attached: [{ PolicyName: 'pull', PolicyArn }],
    },
    policy: { policy: { DefaultVersionId: 'v1', AttachmentCount: 1, Tags }, document: JSON.parse(pull) },
    repository: {
      repository: { repositoryArn, imageTagMutability: 'IMMUTABLE', repositoryUri: `${server.host}/${repositoryName}` },
      tags,
      policy: JSON.parse(letIn(...pulling)),
    },
  });
  expect(await refresh(PolicyArn)).toEqual(first);

  // apply what was changed
  const wider = policyOf({ Effect: 'Allow', Action: [...pulling, 'ecr:ListImages'], Resource: '*' });
  await iam.updateUser({ UserName, NewPath: '/build/' });
  const moved = `arn:aws:iam::${account}:user/build/${UserName}`;
  const newTrust = policyOf({
    Effect: 'Allow',
    Principal: { AWS: moved },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
  });
  await iam.updateAssumeRolePolicy({ RoleName, PolicyDocument: newTrust });
  await iam.updateRole({ RoleName, Description: 'pulls', MaxSessionDuration: 7200 });
  await iam.untagRole({ RoleName, TagKeys: ['Name'] });
  await iam.tagRole({ RoleName, Tags: [{ Key: 'Team', Value: 'blue' }] });
  expect((await iam.listPolicyVersions({ PolicyArn })).Versions).toHaveLength(1);
  await iam.createPolicyVersion({ PolicyArn, PolicyDocument: wider, SetAsDefault: true });
  await ecr.putImageTagMutability({ repositoryName, imageTagMutability: 'MUTABLE' });
  await ecr.tagResource({ resourceArn: repositoryArn, tags: [{ Key: 'Team', Value: 'blue' }] });
  await ecr.setRepositoryPolicy({ repositoryName, policyText: letIn(...pulling, 'ecr:ListImages') });

  const second = await refresh(PolicyArn);
  expect(second).toMatchObject({
    user: { user: { Arn: moved, UserId: User?.UserId } },
    role: {
      role: {
        ...{ RoleId: Role?.RoleId, AssumeRolePolicyDocument: JSON.parse(newTrust), Description: 'pulls' },
        ...{ MaxSessionDuration: 7200, Tags: [{ Key: 'Team', Value: 'blue' }] },
      },
    },
    policy: { policy: { DefaultVersionId: 'v2' }, document: JSON.parse(wider) },
    repository: {
      repository: { imageTagMutability: 'MUTABLE' },
      policy: JSON.parse(letIn(...pulling, 'ecr:ListImages')),
    },
  });
  expect(await refresh(PolicyArn)).toEqual(second);

  // destroy
  await ecr.deleteRepositoryPolicy({ repositoryName });
  expect(await nameOfRefusal(ecr.getRepositoryPolicy({ repositoryName }))).toBe('RepositoryPolicyNotFoundException');
  await ecr.deleteRepository({ repositoryName });
  await iam.detachRolePolicy({ RoleName, PolicyArn });
  for (const { VersionId, IsDefaultVersion } of (await iam.listPolicyVersions({ PolicyArn })).Versions ?? [])
    if (IsDefaultVersion !== true) await iam.deletePolicyVersion({ PolicyArn, VersionId });
  await iam.deletePolicy({ PolicyArn });
  expect((await iam.listInstanceProfilesForRole({ RoleName })).InstanceProfiles).toEqual([]);
  await iam.deleteRole({ RoleName });
  await destroyUser();

  expect(await nameOfRefusal(ecr.describeRepositories({ repositoryNames: [repositoryName] }))).toBe(
    'RepositoryNotFoundException',
  );
  const gone = [iam.getUser({ UserName }), iam.getRole({ RoleName }), iam.getPolicy({ PolicyArn })];
  expect(await Promise.all(gone.map(nameOfRefusal))).toEqual(Array.from(gone, () => 'NoSuchEntityException'));
});

/** As with `force_destroy`: everything that may hang on a user is looked for first. */
async function destroyUser(): Promise<void> {
  expect((await iam.listGroupsForUser({ UserName })).Groups).toEqual([]);
  for (const { AccessKeyId } of (await iam.listAccessKeys({ UserName })).AccessKeyMetadata ?? [])
    await iam.deleteAccessKey({ UserName, AccessKeyId });
  expect((await iam.listSSHPublicKeys({ UserName })).SSHPublicKeys).toEqual([]);
  expect((await iam.listMFADevices({ UserName })).MFADevices).toEqual([]);
  expect((await iam.listSigningCertificates({ UserName })).Certificates).toEqual([]);
  expect((await iam.listServiceSpecificCredentials({ UserName })).ServiceSpecificCredentials).toEqual([]);
  expect(await nameOfRefusal(iam.deleteLoginProfile({ UserName }))).toBe('NoSuchEntityException');
  await iam.deleteUserPolicy({ UserName, PolicyName: 'login' });
  await iam.deleteUser({ UserName });
}
