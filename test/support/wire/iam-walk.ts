/** Calls of every operation on roles, policies and what ties policies together, each in every form that its answer has. */
import type { IAM } from '@aws-sdk/client-iam';

const document = (action: string): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] });

const trust = (service: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  });

const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
const Tags = [{ Key: 'team', Value: 'blue + green' }];

/** Leaves nothing behind. */
export async function walkRolesAndPolicies(iam: IAM): Promise<void> {
  const RoleName = 'walk-role';
  const UserName = 'walk-user';
  const GroupName = 'walk-group';
  await iam.createUser({ UserName });
  await iam.createGroup({ GroupName });
  const PolicyArn = await walkPolicy(iam);
  await walkRole(iam, RoleName);
  await iam.attachUserPolicy({ UserName, PolicyArn });
  await iam.attachGroupPolicy({ GroupName, PolicyArn });
  await iam.attachRolePolicy({ RoleName, PolicyArn });
  await iam.putUserPermissionsBoundary({ UserName, PermissionsBoundary: PolicyArn });
  await iam.listEntitiesForPolicy({ PolicyArn });
  await iam.listEntitiesForPolicy({ PolicyArn, MaxItems: 1 });
  await iam.getPolicy({ PolicyArn });
  await iam.listPolicies({ OnlyAttached: true });
  await iam.listPolicies({ MaxItems: 1 });
  await iam.listAttachedUserPolicies({ UserName });
  await iam.listAttachedGroupPolicies({ GroupName });
  await iam.listAttachedRolePolicies({ RoleName });
  await iam.deleteUserPermissionsBoundary({ UserName });
  await iam.detachUserPolicy({ UserName, PolicyArn });
  await iam.detachGroupPolicy({ GroupName, PolicyArn });
  await iam.detachRolePolicy({ RoleName, PolicyArn });
  await walkInline(iam, { RoleName, UserName, GroupName });
  await iam.deleteRole({ RoleName });
  await iam.deleteUser({ UserName });
  await iam.deleteGroup({ GroupName });
  await iam.deletePolicy({ PolicyArn });
}

async function walkPolicy(iam: IAM): Promise<string> {
  const input = {
    PolicyName: 'walk',
    PolicyDocument: document('ecr:*'),
    Description: 'a <walk>',
    Path: '/walk/',
    Tags,
  };
  const PolicyArn = (await iam.createPolicy(input)).Policy?.Arn ?? '';
  await iam.createPolicyVersion({ PolicyArn, PolicyDocument: document('sts:*'), SetAsDefault: true });
  await iam.listPolicyVersions({ PolicyArn, MaxItems: 1 });
  await iam.listPolicyVersions({ PolicyArn });
  await iam.getPolicyVersion({ PolicyArn, VersionId: 'v2' });
  await iam.getPolicyVersion({ PolicyArn: readOnly, VersionId: 'v188' });
  await iam.getPolicy({ PolicyArn: readOnly });
  await iam.setDefaultPolicyVersion({ PolicyArn, VersionId: 'v1' });
  await iam.deletePolicyVersion({ PolicyArn, VersionId: 'v2' });
  await iam.tagPolicy({ PolicyArn, Tags: [{ Key: 'cost', Value: '' }] });
  await iam.listPolicyTags({ PolicyArn, MaxItems: 1 });
  await iam.untagPolicy({ PolicyArn, TagKeys: ['cost'] });
  await iam.listPolicyTags({ PolicyArn });
  return PolicyArn;
}

async function walkRole(iam: IAM, RoleName: string): Promise<void> {
  await iam.createRole({ RoleName: 'walk-plain', AssumeRolePolicyDocument: trust('lambda.amazonaws.com') });
  await iam.createRole({
    ...{ RoleName, AssumeRolePolicyDocument: trust('ecs-tasks.amazonaws.com'), Description: 'a\r\n"walk"', Tags },
    ...{ Path: '/walk/', MaxSessionDuration: 7200, PermissionsBoundary: readOnly },
  });
  await iam.getRole({ RoleName });
  await iam.listRoles({});
  await iam.listRoles({ MaxItems: 1 });
  await iam.updateRole({ RoleName, MaxSessionDuration: 3600 });
  await iam.updateRoleDescription({ RoleName, Description: '' });
  await iam.updateAssumeRolePolicy({ RoleName, PolicyDocument: trust('lambda.amazonaws.com') });
  await iam.tagRole({ RoleName, Tags: [{ Key: 'cost', Value: '' }] });
  await iam.listRoleTags({ RoleName, MaxItems: 1 });
  await iam.untagRole({ RoleName, TagKeys: ['cost'] });
  await iam.listRoleTags({ RoleName });
  await iam.deleteRolePermissionsBoundary({ RoleName });
  await iam.putRolePermissionsBoundary({ RoleName, PermissionsBoundary: readOnly });
  await iam.deleteRole({ RoleName: 'walk-plain' });
}

interface Names {
  readonly RoleName: string;
  readonly UserName: string;
  readonly GroupName: string;
}

async function walkInline(iam: IAM, { RoleName, UserName, GroupName }: Names): Promise<void> {
  const PolicyDocument = document('ecr:ListImages');
  for (const PolicyName of ['one', 'two']) {
    await iam.putUserPolicy({ UserName, PolicyName, PolicyDocument });
    await iam.putGroupPolicy({ GroupName, PolicyName, PolicyDocument });
    await iam.putRolePolicy({ RoleName, PolicyName, PolicyDocument });
    await iam.getUserPolicy({ UserName, PolicyName });
    await iam.getGroupPolicy({ GroupName, PolicyName });
    await iam.getRolePolicy({ RoleName, PolicyName });
  }
  await iam.listUserPolicies({ UserName, MaxItems: 1 });
  await iam.listGroupPolicies({ GroupName });
  await iam.listRolePolicies({ RoleName });
  for (const PolicyName of ['one', 'two']) {
    await iam.deleteUserPolicy({ UserName, PolicyName });
    await iam.deleteGroupPolicy({ GroupName, PolicyName });
    await iam.deleteRolePolicy({ RoleName, PolicyName });
  }
}
