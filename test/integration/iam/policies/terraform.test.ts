/**
 * The calls that Terraform's provider makes for a role, a policy and its attachment: create, read, plan without a
 * difference, update, read again, delete.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp, type RunningApp } from '../../../support/app.ts';
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

const RoleName = 'task-execution';

/** What it keeps as the state of a role. */
async function readRole() {
  const { Role } = await iam.getRole({ RoleName });
  const { PolicyNames } = await iam.listRolePolicies({ RoleName });
  const { AttachedPolicies } = await iam.listAttachedRolePolicies({ RoleName });
  const documents = await Promise.all(
    (PolicyNames ?? []).map(async (PolicyName) => {
      const { PolicyDocument } = await iam.getRolePolicy({ RoleName, PolicyName });
      return [PolicyName, decoded(PolicyDocument)] as const;
    }),
  );
  return {
    role: { ...Role, AssumeRolePolicyDocument: decoded(Role?.AssumeRolePolicyDocument) },
    inline: Object.fromEntries(documents),
    attached: (AttachedPolicies ?? []).map(({ PolicyArn }) => PolicyArn),
  };
}

async function readPolicy(PolicyArn: string) {
  const { Policy } = await iam.getPolicy({ PolicyArn });
  const { PolicyVersion } = await iam.getPolicyVersion({ PolicyArn, VersionId: Policy?.DefaultVersionId });
  return { policy: Policy, document: decoded(PolicyVersion?.Document) };
}

test('a role, a policy and its attachment from the first apply to the last destroy', async () => {
  const Tags = [{ Key: 'Name', Value: 'task execution' }];
  const document = JSON.stringify(JSON.parse(allow('ecr:BatchGetImage')));
  const made = await iam.createPolicy({ PolicyName: 'pull', Path: '/', PolicyDocument: document, Tags });
  const PolicyArn = made.Policy?.Arn ?? '';
  await iam.createRole({
    ...{ RoleName, Path: '/', AssumeRolePolicyDocument: serviceTrust, MaxSessionDuration: 3600, Tags },
  });
  await iam.putRolePolicy({ RoleName, PolicyName: 'logs', PolicyDocument: allow('logs:PutLogEvents') });
  await iam.attachRolePolicy({ RoleName, PolicyArn });

  const first = { role: await readRole(), policy: await readPolicy(PolicyArn) };
  expect(first.policy.document).toBe(document);
  expect(first.policy.policy).toMatchObject({ AttachmentCount: 1, Tags });
  expect(first.role).toMatchObject({
    role: { AssumeRolePolicyDocument: serviceTrust, MaxSessionDuration: 3600, Tags, Path: '/' },
    inline: { logs: allow('logs:PutLogEvents') },
    attached: [PolicyArn],
  });
  expect({ role: await readRole(), policy: await readPolicy(PolicyArn) }).toEqual(first);

  const changed = allow('ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer');
  const { Versions } = await iam.listPolicyVersions({ PolicyArn });
  expect(Versions).toHaveLength(1);
  await iam.createPolicyVersion({ PolicyArn, PolicyDocument: changed, SetAsDefault: true });
  await iam.updateRole({ RoleName, Description: 'pulls', MaxSessionDuration: 7200 });
  await iam.untagRole({ RoleName, TagKeys: ['Name'] });
  await iam.tagRole({ RoleName, Tags: [{ Key: 'Team', Value: 'blue' }] });
  const second = { role: await readRole(), policy: await readPolicy(PolicyArn) };
  expect(second.policy.document).toBe(changed);
  expect(second.role.role).toMatchObject({
    Description: 'pulls',
    MaxSessionDuration: 7200,
    Tags: [{ Key: 'Team', Value: 'blue' }],
    RoleId: first.role.role.RoleId,
  });
  expect({ role: await readRole(), policy: await readPolicy(PolicyArn) }).toEqual(second);

  await iam.detachRolePolicy({ RoleName, PolicyArn });
  expect((await iam.listInstanceProfilesForRole({ RoleName })).InstanceProfiles).toEqual([]);
  await iam.deleteRolePolicy({ RoleName, PolicyName: 'logs' });
  await iam.deleteRole({ RoleName });
  for (const { VersionId, IsDefaultVersion } of (await iam.listPolicyVersions({ PolicyArn })).Versions ?? [])
    if (IsDefaultVersion !== true) await iam.deletePolicyVersion({ PolicyArn, VersionId });
  await iam.deletePolicy({ PolicyArn });
  expect(await refusalOf(admin, iam.getRole({ RoleName }))).toMatchObject({ code: 'NoSuchEntity' });
  expect(await refusalOf(admin, iam.getPolicy({ PolicyArn }))).toMatchObject({ code: 'NoSuchEntity' });
});
