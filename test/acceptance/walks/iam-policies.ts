/** Every operation of IAM on roles and policies, in an order in which each is answered. */
import type { IAM } from '@aws-sdk/client-iam';

const RoleName = 'walked';
const [UserName, GroupName] = ['holder', 'holders'];
const boundary = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly';
const Tags = [
  { Key: 'team', Value: 'blue' },
  { Key: 'cost', Value: '' },
];

const allow = (Action: string): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });
const trust = (Service: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }],
  });

/** Members of outputs that only come with tags, boundaries, pages and the like are made to come. */
export async function walkPolicies(iam: IAM): Promise<void> {
  await iam.createUser({ UserName });
  await iam.createGroup({ GroupName });
  await walkRoles(iam);
  const PolicyArn = await walkManaged(iam);
  await walkUserPolicies(iam, PolicyArn);
  await walkGroupPolicies(iam, PolicyArn);
  await walkRolePolicies(iam, PolicyArn);
  await iam.deletePolicy({ PolicyArn });
  await iam.deleteRole({ RoleName });
  await iam.deleteGroup({ GroupName });
  await iam.deleteUser({ UserName });
}

async function walkRoles(iam: IAM): Promise<void> {
  const AssumeRolePolicyDocument = trust('lambda.amazonaws.com');
  const Description = 'made by a walk';
  await iam.createRole({ RoleName: 'plain', AssumeRolePolicyDocument });
  await iam.createRole({
    RoleName,
    AssumeRolePolicyDocument,
    Path: '/walk/',
    Description,
    Tags,
    PermissionsBoundary: boundary,
  });
  await iam.getRole({ RoleName });
  await iam.listRoles({});
  await iam.listRoles({ MaxItems: 1 });
  await iam.updateRole({ RoleName, Description: '', MaxSessionDuration: 7200 });
  await iam.updateRoleDescription({ RoleName, Description });
  await iam.updateAssumeRolePolicy({ RoleName, PolicyDocument: trust('ecs-tasks.amazonaws.com') });
  await iam.tagRole({ RoleName, Tags: [{ Key: 'more', Value: 'yes' }] });
  await iam.listRoleTags({ RoleName });
  await iam.listRoleTags({ RoleName, MaxItems: 1 });
  await iam.untagRole({ RoleName, TagKeys: ['more'] });
  await iam.deleteRolePermissionsBoundary({ RoleName });
  await iam.putRolePermissionsBoundary({ RoleName, PermissionsBoundary: boundary });
  await iam.listInstanceProfilesForRole({ RoleName });
  await iam.deleteRole({ RoleName: 'plain' });
}

async function walkManaged(iam: IAM): Promise<string> {
  const made = { Path: '/walk/', Description: 'made by a walk', Tags };
  const { Policy } = await iam.createPolicy({ PolicyName: 'walked', PolicyDocument: allow('ecr:*'), ...made });
  const PolicyArn = Policy?.Arn ?? '';
  await iam.getPolicy({ PolicyArn });
  await iam.getPolicy({ PolicyArn: boundary });
  await iam.listPolicies({});
  await iam.listPolicies({ Scope: 'Local', MaxItems: 1 });
  await iam.listPolicies({ MaxItems: 1 });
  await iam.createPolicyVersion({ PolicyArn, PolicyDocument: allow('ecr:Get*') });
  await iam.setDefaultPolicyVersion({ PolicyArn, VersionId: 'v2' });
  await iam.getPolicyVersion({ PolicyArn, VersionId: 'v2' });
  await iam.listPolicyVersions({ PolicyArn });
  await iam.listPolicyVersions({ PolicyArn, MaxItems: 1 });
  await iam.deletePolicyVersion({ PolicyArn, VersionId: 'v1' });
  await iam.tagPolicy({ PolicyArn, Tags: [{ Key: 'more', Value: 'yes' }] });
  await iam.listPolicyTags({ PolicyArn });
  await iam.listPolicyTags({ PolicyArn, MaxItems: 1 });
  await iam.untagPolicy({ PolicyArn, TagKeys: ['more'] });
  await iam.attachUserPolicy({ UserName, PolicyArn });
  await iam.attachGroupPolicy({ GroupName, PolicyArn });
  await iam.attachRolePolicy({ RoleName, PolicyArn });
  await iam.listEntitiesForPolicy({ PolicyArn });
  await iam.listEntitiesForPolicy({ PolicyArn, MaxItems: 1 });
  return PolicyArn;
}

const inline = { PolicyName: 'inline', PolicyDocument: allow('iam:GetUser') };
const { PolicyName } = inline;

async function walkUserPolicies(iam: IAM, PolicyArn: string): Promise<void> {
  await iam.listAttachedUserPolicies({ UserName });
  await iam.detachUserPolicy({ UserName, PolicyArn });
  await iam.putUserPolicy({ UserName, ...inline });
  await iam.getUserPolicy({ UserName, PolicyName });
  await iam.listUserPolicies({ UserName });
  await iam.deleteUserPolicy({ UserName, PolicyName });
  await iam.putUserPermissionsBoundary({ UserName, PermissionsBoundary: boundary });
  await iam.deleteUserPermissionsBoundary({ UserName });
}

async function walkGroupPolicies(iam: IAM, PolicyArn: string): Promise<void> {
  await iam.listAttachedGroupPolicies({ GroupName });
  await iam.detachGroupPolicy({ GroupName, PolicyArn });
  await iam.putGroupPolicy({ GroupName, ...inline });
  await iam.getGroupPolicy({ GroupName, PolicyName });
  await iam.listGroupPolicies({ GroupName });
  await iam.deleteGroupPolicy({ GroupName, PolicyName });
}

async function walkRolePolicies(iam: IAM, PolicyArn: string): Promise<void> {
  await iam.listAttachedRolePolicies({ RoleName });
  await iam.detachRolePolicy({ RoleName, PolicyArn });
  await iam.putRolePolicy({ RoleName, ...inline });
  await iam.getRolePolicy({ RoleName, PolicyName });
  await iam.listRolePolicies({ RoleName });
  await iam.deleteRolePolicy({ RoleName, PolicyName });
}
