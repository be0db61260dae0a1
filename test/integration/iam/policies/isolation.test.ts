/** Two accounts, everything named alike: neither sees, changes or counts anything of the other. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { account, startApp, type RunningApp } from '../../../support/app.ts';
import { openAccount } from '../callers.ts';
import { allow, decoded, iamAt, refusalOf, serviceTrust, type RecordedIam } from './iam-client.ts';

const other = '210987654321';
const owners = [account, other] as const;

let app: RunningApp;
let clients: Readonly<Record<string, RecordedIam>>;

beforeAll(async () => {
  app = await startApp();
  clients = { [account]: iamAt(app), [other]: iamAt(app, await openAccount(app, other)) };
  for (const owner of owners) {
    const { iam } = of(owner);
    await iam.createPolicy({ PolicyName: 'same', PolicyDocument: allow(`ecr:${owner}`) });
    await iam.createRole({
      ...{ RoleName: 'same', AssumeRolePolicyDocument: serviceTrust, Description: owner },
      Tags: [{ Key: 'owner', Value: owner }],
    });
    await iam.attachRolePolicy({ RoleName: 'same', PolicyArn: arnOf(owner) });
    await iam.putRolePolicy({ RoleName: 'same', PolicyName: 'inside', PolicyDocument: allow(`sts:${owner}`) });
  }
});

afterAll(async () => {
  await app.close();
});

function of(owner: string): RecordedIam {
  const found = clients[owner];
  if (!found) throw new Error(`nobody of ${owner}`);
  return found;
}

const arnOf = (owner: string): string => `arn:aws:iam::${owner}:policy/same`;

test.each(owners)('account %s sees its own', async (owner) => {
  const { iam } = of(owner);
  const [role, tags, inside, version] = await Promise.all([
    iam.getRole({ RoleName: 'same' }),
    iam.listRoleTags({ RoleName: 'same' }),
    iam.getRolePolicy({ RoleName: 'same', PolicyName: 'inside' }),
    iam.getPolicyVersion({ PolicyArn: arnOf(owner), VersionId: 'v1' }),
  ]);
  expect(role.Role).toMatchObject({ Description: owner, Arn: `arn:aws:iam::${owner}:role/same` });
  expect(tags.Tags).toEqual([{ Key: 'owner', Value: owner }]);
  expect(decoded(inside.PolicyDocument)).toContain(`sts:${owner}`);
  expect(decoded(version.PolicyVersion?.Document)).toContain(`ecr:${owner}`);
  const { Policies } = await iam.listPolicies({ Scope: 'Local' });
  expect(Policies).toEqual([expect.objectContaining({ Arn: arnOf(owner), AttachmentCount: 1 })]);
  expect((await iam.listRoles({})).Roles).toHaveLength(1);
  const administrator = await iam.getPolicy({ PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' });
  expect(administrator.Policy?.AttachmentCount).toBe(1);
  const held = await iam.listEntitiesForPolicy({ PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' });
  expect(held.PolicyUsers).toEqual([expect.objectContaining({ UserName: 'admin' })]);
});

test('a policy of the other account is not there, whatever is done with it', async () => {
  const foreigner = of(other);
  const { iam } = foreigner;
  const PolicyArn = arnOf(account);
  const calls: (() => Promise<unknown>)[] = [
    () => iam.getPolicy({ PolicyArn }),
    () => iam.getPolicyVersion({ PolicyArn, VersionId: 'v1' }),
    () => iam.listPolicyVersions({ PolicyArn }),
    () => iam.listPolicyTags({ PolicyArn }),
    () => iam.listEntitiesForPolicy({ PolicyArn }),
    () => iam.createPolicyVersion({ PolicyArn, PolicyDocument: allow('*'), SetAsDefault: true }),
    () => iam.setDefaultPolicyVersion({ PolicyArn, VersionId: 'v1' }),
    () => iam.deletePolicyVersion({ PolicyArn, VersionId: 'v1' }),
    () => iam.tagPolicy({ PolicyArn, Tags: [{ Key: 'a', Value: 'b' }] }),
    () => iam.untagPolicy({ PolicyArn, TagKeys: ['a'] }),
    () => iam.deletePolicy({ PolicyArn }),
    () => iam.attachRolePolicy({ RoleName: 'same', PolicyArn }),
    () => iam.detachRolePolicy({ RoleName: 'same', PolicyArn }),
    () => iam.putRolePermissionsBoundary({ RoleName: 'same', PermissionsBoundary: PolicyArn }),
  ];
  for (const call of calls)
    expect(await refusalOf(foreigner, call())).toMatchObject({ status: 404, code: 'NoSuchEntity' });
  expect((await of(account).iam.getPolicy({ PolicyArn })).Policy?.DefaultVersionId).toBe('v1');
});

test('a marker of one account is none in the other', async () => {
  const { iam } = of(account);
  await iam.createRole({ RoleName: 'second', AssumeRolePolicyDocument: serviceTrust });
  const { Marker } = await iam.listRoles({ MaxItems: 1 });
  expect(Marker).toBeDefined();
  expect(await refusalOf(of(other), of(other).iam.listRoles({ Marker }))).toMatchObject({ code: 'ValidationError' });
});

test('what one account deletes stays in the other', async () => {
  const { iam } = of(other);
  await iam.deleteRolePolicy({ RoleName: 'same', PolicyName: 'inside' });
  await iam.detachRolePolicy({ RoleName: 'same', PolicyArn: arnOf(other) });
  await iam.deleteRole({ RoleName: 'same' });
  await iam.deletePolicy({ PolicyArn: arnOf(other) });
  const mine = of(account).iam;
  expect((await mine.getRole({ RoleName: 'same' })).Role?.Tags).toEqual([{ Key: 'owner', Value: account }]);
  expect((await mine.listAttachedRolePolicies({ RoleName: 'same' })).AttachedPolicies).toHaveLength(1);
  expect((await mine.listRolePolicies({ RoleName: 'same' })).PolicyNames).toEqual(['inside']);
  expect((await mine.getPolicy({ PolicyArn: arnOf(account) })).Policy?.AttachmentCount).toBe(1);
});
