/** Every operation of IAM on users, their keys and groups, and on the account, in an order in which each is answered. */
import { IAMServiceException, type IAM } from '@aws-sdk/client-iam';

const UserName = 'walker';
const GroupName = 'walkers';

/** Of these the only answer is that there is nothing. */
export const alwaysRefused: ReadonlySet<string> = new Set(['DeleteLoginProfile', 'GetLoginProfile']);

async function refused(call: Promise<unknown>): Promise<void> {
  await call.then(
    () => Promise.reject(new Error('there is no login profile')),
    (error: unknown) => {
      if (!(error instanceof IAMServiceException)) throw error;
    },
  );
}

/** Members of outputs that only come with tags, pages, uses and the like are made to come. */
export async function walkUsers(iam: IAM): Promise<void> {
  const Tags = [
    { Key: 'team', Value: 'blue' },
    { Key: 'cost', Value: '' },
  ];
  const PermissionsBoundary = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly';
  await iam.createUser({ UserName, Path: '/walk/', Tags, PermissionsBoundary });
  await iam.getUser({ UserName });
  await iam.getUser({});
  await iam.listUsers({});
  await iam.listUsers({ MaxItems: 1 });
  await iam.tagUser({ UserName, Tags: [{ Key: 'more', Value: 'yes' }] });
  await iam.listUserTags({ UserName });
  await iam.listUserTags({ UserName, MaxItems: 1 });
  await iam.untagUser({ UserName, TagKeys: ['team', 'cost', 'more'] });
  await walkKeys(iam);
  await walkGroups(iam);
  await walkAccount(iam);
  await iam.updateUser({ UserName, NewUserName: 'wanderer', NewPath: '/' });
  await iam.deleteUser({ UserName: 'wanderer' });
}

async function walkKeys(iam: IAM): Promise<void> {
  const { AccessKey } = await iam.createAccessKey({ UserName });
  const AccessKeyId = AccessKey?.AccessKeyId ?? '';
  await iam.createAccessKey({ UserName });
  await iam.updateAccessKey({ UserName, AccessKeyId, Status: 'Inactive' });
  const { AccessKeyMetadata = [] } = await iam.listAccessKeys({ UserName });
  await iam.listAccessKeys({ UserName, MaxItems: 1 });
  await iam.getAccessKeyLastUsed({ AccessKeyId });
  const own = (await iam.listAccessKeys({})).AccessKeyMetadata ?? [];
  await iam.getAccessKeyLastUsed({ AccessKeyId: own[0]?.AccessKeyId });
  for (const key of AccessKeyMetadata) await iam.deleteAccessKey({ UserName, AccessKeyId: key.AccessKeyId });
}

async function walkGroups(iam: IAM): Promise<void> {
  await iam.createGroup({ GroupName, Path: '/walk/' });
  await iam.addUserToGroup({ GroupName, UserName });
  await iam.addUserToGroup({ GroupName, UserName: 'admin' });
  await iam.getGroup({ GroupName });
  await iam.getGroup({ GroupName, MaxItems: 1 });
  await iam.createGroup({ GroupName: 'others' });
  await iam.listGroups({});
  await iam.listGroups({ MaxItems: 1 });
  await iam.addUserToGroup({ GroupName: 'others', UserName });
  await iam.listGroupsForUser({ UserName });
  await iam.listGroupsForUser({ UserName, MaxItems: 1 });
  await iam.updateGroup({ GroupName, NewGroupName: 'wanderers', NewPath: '/' });
  await iam.removeUserFromGroup({ GroupName: 'others', UserName });
  for (const name of [UserName, 'admin']) await iam.removeUserFromGroup({ GroupName: 'wanderers', UserName: name });
  for (const name of ['others', 'wanderers']) await iam.deleteGroup({ GroupName: name });
}

async function walkAccount(iam: IAM): Promise<void> {
  await iam.getAccountSummary({});
  await iam.listAccountAliases({});
  await iam.listInstanceProfiles({});
  await iam.listOpenIDConnectProviders({});
  const trust = { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
  await iam.createRole({ RoleName: 'walker', AssumeRolePolicyDocument });
  await iam.listInstanceProfilesForRole({ RoleName: 'walker' });
  await iam.deleteRole({ RoleName: 'walker' });
  await iam.listMFADevices({ UserName });
  await iam.listSSHPublicKeys({ UserName });
  await iam.listSigningCertificates({ UserName });
  await iam.listServiceSpecificCredentials({ UserName });
  await refused(iam.getLoginProfile({ UserName }));
  await refused(iam.deleteLoginProfile({ UserName }));
}
