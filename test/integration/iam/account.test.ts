/** What IAM knows of an account beside its users, groups, roles and policies: its summary, and what there is none of. */
import type { IAM } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type RunningApp } from '../../support/app.ts';

let app: RunningApp;
let iam: IAM;

beforeAll(async () => {
  app = await startApp();
  iam = app.iam();
});

afterAll(async () => {
  await app?.close();
});

test('the summary counts what is there, and tells the quotas of AWS', async () => {
  const before = (await iam.getAccountSummary({})).SummaryMap;
  expect(before).toEqual({
    ...{ Users: 1, UsersQuota: 5000, Groups: 0, GroupsQuota: 300, Roles: 0, RolesQuota: 1000 },
    ...{ Policies: 0, PoliciesQuota: 1500, PolicyVersionsInUse: 0, PolicyVersionsInUseQuota: 10_000 },
    ...{ VersionsPerPolicyQuota: 5, AccessKeysPerUserQuota: 2, GroupsPerUserQuota: 10 },
    ...{ AttachedPoliciesPerUserQuota: 10, AttachedPoliciesPerGroupQuota: 10, AttachedPoliciesPerRoleQuota: 10 },
    ...{ PolicySizeQuota: 6144, UserPolicySizeQuota: 2048, GroupPolicySizeQuota: 5120, RolePolicySizeQuota: 10_240 },
    ...{ AssumeRolePolicySizeQuota: 2048, GlobalEndpointTokenVersion: 2 },
    ...{ AccountAccessKeysPresent: 0, AccountPasswordPresent: 0, AccountMFAEnabled: 0 },
    ...{ AccountSigningCertificatesPresent: 0, InstanceProfiles: 0, InstanceProfilesQuota: 0, MFADevices: 0 },
    ...{ MFADevicesInUse: 0, Providers: 0, ServerCertificates: 0, ServerCertificatesQuota: 0 },
    ...{ SigningCertificatesPerUserQuota: 0 },
  });
  await iam.createUser({ UserName: 'counted' });
  await iam.createGroup({ GroupName: 'counted' });
  const document = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'ecr:*', Resource: '*' }] };
  const trust = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
  await iam.createRole({ RoleName: 'counted', AssumeRolePolicyDocument });
  const PolicyDocument = JSON.stringify(document);
  const { Policy } = await iam.createPolicy({ PolicyName: 'counted', PolicyDocument });
  await iam.createPolicyVersion({ PolicyArn: Policy?.Arn, PolicyDocument });
  expect((await iam.getAccountSummary({})).SummaryMap).toEqual({
    ...before,
    ...{ Users: 2, Groups: 1, Roles: 1, Policies: 1, PolicyVersionsInUse: 2 },
  });
});

describe('what there is none of', () => {
  const UserName = 'admin';

  test('is told so', async () => {
    expect((await iam.listAccountAliases({})).AccountAliases).toEqual([]);
    expect((await iam.listInstanceProfiles({ PathPrefix: '/' })).InstanceProfiles).toEqual([]);
    expect((await iam.listOpenIDConnectProviders({})).OpenIDConnectProviderList).toEqual([]);
    for (const named of [{}, { UserName }]) {
      expect((await iam.listMFADevices(named)).MFADevices).toEqual([]);
      expect((await iam.listSSHPublicKeys(named)).SSHPublicKeys).toEqual([]);
      expect((await iam.listSigningCertificates(named)).Certificates).toEqual([]);
      expect((await iam.listServiceSpecificCredentials(named)).ServiceSpecificCredentials).toEqual([]);
      for (const refused of [() => iam.getLoginProfile(named), () => iam.deleteLoginProfile(named)])
        await expect(refused()).rejects.toMatchObject({
          name: 'NoSuchEntityException',
          message: 'Login Profile for User admin cannot be found.',
          $metadata: { httpStatusCode: 404 },
        });
    }
    expect((await iam.listServiceSpecificCredentials({ AllUsers: true })).ServiceSpecificCredentials).toEqual([]);
  });

  test('is not told of a user or a role that is not there', async () => {
    const named = { UserName: 'missing' };
    for (const refused of [
      () => iam.listMFADevices(named),
      () => iam.listSSHPublicKeys(named),
      () => iam.listSigningCertificates(named),
      () => iam.listServiceSpecificCredentials(named),
      () => iam.getLoginProfile(named),
      () => iam.deleteLoginProfile(named),
    ])
      await expect(refused()).rejects.toMatchObject({
        name: 'NoSuchEntityException',
        message: 'The user with name missing cannot be found.',
      });
    await expect(iam.listInstanceProfilesForRole({ RoleName: 'missing' })).rejects.toMatchObject({
      name: 'NoSuchEntityException',
      message: 'The role with name missing cannot be found.',
    });
  });
});

test.each([
  ['iam.amazonaws.com', 'us-east-1'],
  ['iam.amazonaws.com:443', 'eu-central-1'],
  ['iam.us-gov.amazonaws.com', 'us-gov-west-1'],
  ['iam.localhost', 'us-east-1'],
])('IAM answers on its own names: %s, signed for %s', async (host, region) => {
  expect((await app.iam({ host, region }).getUser({})).User?.UserName).toBe('admin');
  await expect(app.sts({ host, region }).getCallerIdentity({})).rejects.toMatchObject({
    name: 'SignatureDoesNotMatch',
    message: "Credential should be scoped to correct service: 'iam'.",
  });
});
