import { countUsers } from '../../../store/iam/users.ts';
import { countGroups } from '../../../store/iam/groups.ts';
import { countPolicies, countPolicyVersions, countRoles } from '../../../store/iam/summary.ts';
import type { Uses } from '../../app.ts';
import { iamLimitsOf } from './account-limits.ts';
import type { Allowed } from '../../authorize.ts';

/** Versions of policies that an account may have in all (IAM API reference, GetAccountSummary). */
const policyVersions = 10_000;

/** What an account has and may have, by IAM's names. What IAM has and Stowage has not is none. */
export async function summarizeAccount(
  app: Uses<'store' | 'limits'>,
  allowed: Allowed<'iam:GetAccountSummary'>,
): Promise<Record<string, number>> {
  const { account } = allowed.registry;
  const { read } = app.store;
  const count = async (statement: typeof countUsers): Promise<number> =>
    (await read.first(statement, { account }))?.count ?? 0;
  const limits = await iamLimitsOf(app, read, account);
  return {
    Users: await count(countUsers),
    UsersQuota: limits.users,
    Groups: await count(countGroups),
    GroupsQuota: limits.groups,
    Roles: await count(countRoles),
    RolesQuota: limits.roles,
    Policies: await count(countPolicies),
    PoliciesQuota: limits.policies,
    PolicyVersionsInUse: await count(countPolicyVersions),
    PolicyVersionsInUseQuota: policyVersions,
    VersionsPerPolicyQuota: limits.versionsPerPolicy,
    AccessKeysPerUserQuota: limits.accessKeysPerUser,
    GroupsPerUserQuota: limits.groupsPerUser,
    AttachedPoliciesPerUserQuota: limits.policiesPerUser,
    AttachedPoliciesPerGroupQuota: limits.policiesPerGroup,
    AttachedPoliciesPerRoleQuota: limits.policiesPerRole,
    PolicySizeQuota: limits.managedPolicySize,
    UserPolicySizeQuota: limits.userPolicySize,
    GroupPolicySizeQuota: limits.groupPolicySize,
    RolePolicySizeQuota: limits.rolePolicySize,
    AssumeRolePolicySizeQuota: limits.trustPolicySize,
    // The root user of an account has no credentials of any kind here.
    AccountAccessKeysPresent: 0,
    AccountPasswordPresent: 0,
    AccountMFAEnabled: 0,
    AccountSigningCertificatesPresent: 0,
    InstanceProfiles: 0,
    InstanceProfilesQuota: 0,
    MFADevices: 0,
    MFADevicesInUse: 0,
    Providers: 0,
    ServerCertificates: 0,
    ServerCertificatesQuota: 0,
    SigningCertificatesPerUserQuota: 0,
    GlobalEndpointTokenVersion: 2,
  };
}
