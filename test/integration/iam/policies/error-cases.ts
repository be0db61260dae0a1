/** How operations on roles, policies and what ties them together are refused, with the words. */
import type { IAM } from '@aws-sdk/client-iam';
import type { ErrorKind } from '../../../../src/domain/errors.ts';
import { account } from '../../../support/stowage.ts';
import { allow, serviceTrust, trust } from './iam-client.ts';

export interface IamErrorCase {
  readonly operation: string;
  /** Name in the model. */
  readonly error: string;
  readonly kind: ErrorKind;
  readonly when: string;
  readonly input: object;
  readonly message: string;
}

/** Limits that a test can reach; {@link openErrorWorld} fills the account up to them. */
export const smallLimits = {
  ...{ roles: 2, policies: 2, versionsPerPolicy: 2, tags: 2 },
  ...{ policiesPerUser: 1, policiesPerGroup: 1, policiesPerRole: 1 },
};

const own = (name: string): string => `arn:aws:iam::${account}:policy/${name}`;
const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
const forServices = 'arn:aws:iam::aws:policy/aws-service-role/ECRTemplateServiceRolePolicy';
const twoTags = [
  { Key: 'a', Value: '' },
  { Key: 'b', Value: '' },
];

/** Role, group and user `full`: one policy attached; role `inside`: one inside. Policies `used` and `versions`: two of it. */
export async function openErrorWorld(iam: IAM): Promise<void> {
  const role = { AssumeRolePolicyDocument: serviceTrust };
  const PolicyDocument = allow('ecr:*');
  await iam.createPolicy({ PolicyName: 'used', PolicyDocument });
  await iam.createPolicy({ PolicyName: 'versions', PolicyDocument, Tags: twoTags });
  await iam.createPolicyVersion({ PolicyArn: own('versions'), PolicyDocument });
  await iam.createRole({ ...role, RoleName: 'full', Tags: twoTags });
  await iam.attachRolePolicy({ RoleName: 'full', PolicyArn: readOnly });
  await iam.createRole({ ...role, RoleName: 'inside' });
  await iam.putRolePolicy({ RoleName: 'inside', PolicyName: 'one', PolicyDocument });
  await iam.createUser({ UserName: 'full' });
  await iam.attachUserPolicy({ UserName: 'full', PolicyArn: readOnly });
  await iam.createGroup({ GroupName: 'full' });
  await iam.attachGroupPolicy({ GroupName: 'full', PolicyArn: own('used') });
}

const kinds = ['User', 'Group', 'Role'] as const;
const document = { PolicyDocument: allow('ecr:*') };
const large = (size: number): string => allow('ecr:*').replace('ecr:*', `ecr:${'x'.repeat(size)}`);

type Refused = Omit<IamErrorCase, 'error' | 'kind'>;
const as =
  (error: string, kind: ErrorKind) =>
  (cases: readonly Refused[]): IamErrorCase[] =>
    cases.map((one) => ({ ...one, error, kind }));

const missing = as(
  'NoSuchEntityException',
  'noSuchEntity',
)([
  ...[
    ...['GetRole', 'DeleteRole', 'UpdateRole', 'ListRoleTags', 'DeleteRolePermissionsBoundary'],
    ...['DeleteUserPermissionsBoundary', 'ListRolePolicies', 'ListGroupPolicies', 'ListUserPolicies'],
    ...['ListAttachedRolePolicies', 'ListAttachedGroupPolicies', 'ListAttachedUserPolicies'],
  ].map((operation) => withoutEntity(operation, {})),
  withoutEntity('UpdateRoleDescription', { Description: '' }),
  withoutEntity('UpdateAssumeRolePolicy', { PolicyDocument: serviceTrust }),
  withoutEntity('TagRole', { Tags: [] }),
  withoutEntity('UntagRole', { TagKeys: [] }),
  withoutEntity('PutRolePermissionsBoundary', { PermissionsBoundary: readOnly }),
  withoutEntity('PutUserPermissionsBoundary', { PermissionsBoundary: readOnly }),
  ...kinds.flatMap((kind) => [
    withoutEntity(`Attach${kind}Policy`, { PolicyArn: readOnly }),
    withoutEntity(`Detach${kind}Policy`, { PolicyArn: readOnly }),
    withoutEntity(`Put${kind}Policy`, { PolicyName: 'p', ...document }),
    withoutEntity(`Get${kind}Policy`, { PolicyName: 'p' }),
    withoutEntity(`Delete${kind}Policy`, { PolicyName: 'p' }),
  ]),
  ...['GetPolicy', 'DeletePolicy', 'ListPolicyVersions', 'ListPolicyTags', 'ListEntitiesForPolicy'].map((operation) =>
    withoutPolicy(operation, {}),
  ),
  withoutPolicy('CreatePolicyVersion', document),
  withoutPolicy('TagPolicy', { Tags: [] }),
  withoutPolicy('UntagPolicy', { TagKeys: [] }),
  ...['GetPolicyVersion', 'SetDefaultPolicyVersion', 'DeletePolicyVersion'].flatMap((operation) => [
    withoutPolicy(operation, { VersionId: 'v1' }),
    ...['v3', 'v1.x', `v${'9'.repeat(40)}`].map((VersionId) => ({
      operation,
      when: `there is no version ${VersionId}`,
      input: { PolicyArn: own('versions'), VersionId },
      message: `Policy ${own('versions')} version ${VersionId} does not exist or is not attachable.`,
    })),
  ]),
]);

function withoutEntity(operation: string, input: object): Refused {
  const kind = kinds.find((one) => operation.includes(one)) ?? 'Role';
  const message = `The ${kind.toLowerCase()} with name none cannot be found.`;
  return { operation, when: 'there is none of that name', input: { [`${kind}Name`]: 'none', ...input }, message };
}

function withoutPolicy(operation: string, input: object): Refused {
  const message = `Policy ${own('none')} was not found.`;
  return { operation, when: 'there is no such policy', input: { PolicyArn: own('none'), ...input }, message };
}

const exists = as(
  'EntityAlreadyExistsException',
  'entityAlreadyExists',
)([
  {
    operation: 'CreateRole',
    when: 'there is one of that name',
    input: { RoleName: 'FULL', Path: '/x/', AssumeRolePolicyDocument: serviceTrust },
    message: 'Role with name FULL already exists.',
  },
  {
    operation: 'CreatePolicy',
    when: 'there is one of that name',
    input: { PolicyName: 'USED', ...document },
    message: 'A policy called USED already exists. Duplicate names are not allowed.',
  },
]);

const exceeded = as(
  'LimitExceededException',
  'quotaExceeded',
)([
  {
    operation: 'CreateRole',
    when: 'the account has as many as it may',
    input: { RoleName: 'more', AssumeRolePolicyDocument: serviceTrust },
    message: 'Cannot exceed quota for RolesPerAccount: 2',
  },
  ...(['CreateRole', 'UpdateAssumeRolePolicy'] as const).map((operation) => {
    const text = trust(...Array.from({ length: 60 }, (_, number) => `arn:aws:iam::${account}:role/role-${number}`));
    const input = operation === 'CreateRole' ? { AssumeRolePolicyDocument: text } : { PolicyDocument: text };
    return {
      operation,
      when: 'the trust policy is too large',
      input: { RoleName: 'full', ...input },
      message: 'Cannot exceed quota for ACLSizePerRole: 2048',
    };
  }),
  {
    operation: 'CreatePolicy',
    when: 'the account has as many as it may',
    input: { PolicyName: 'more', ...document },
    message: 'Cannot exceed quota for PoliciesPerAccount: 2',
  },
  ...(['CreatePolicy', 'CreatePolicyVersion'] as const).map((operation) => ({
    operation,
    when: 'the document is too large',
    input: {
      ...(operation === 'CreatePolicy' ? { PolicyName: 'more' } : { PolicyArn: own('used') }),
      PolicyDocument: large(6144),
    },
    message: 'Cannot exceed quota for PolicySize: 6144',
  })),
  {
    operation: 'CreatePolicyVersion',
    when: 'the policy has as many as it may',
    input: { PolicyArn: own('versions'), ...document },
    message:
      'A managed policy can have up to 2 versions. Before you create a new version, you must delete an existing version.',
  },
  {
    operation: 'TagRole',
    when: 'the role has as many as it may',
    input: { RoleName: 'full', Tags: [{ Key: 'c', Value: '' }] },
    message: 'Cannot exceed quota for TagsPerRole: 2',
  },
  {
    operation: 'TagPolicy',
    when: 'the policy has as many as it may',
    input: { PolicyArn: own('versions'), Tags: [{ Key: 'c', Value: '' }] },
    message: 'Cannot exceed quota for TagsPerPolicy: 2',
  },
  ...kinds.map((kind) => ({
    operation: `Attach${kind}Policy`,
    when: 'it holds as many as it may',
    input: { [`${kind}Name`]: 'full', PolicyArn: own('versions') },
    message: `Cannot exceed quota for PoliciesPer${kind}: 1`,
  })),
  ...(
    [
      ['User', 2048],
      ['Group', 5120],
      ['Role', 10_240],
    ] as const
  ).map(([kind, size]) => ({
    operation: `Put${kind}Policy`,
    when: 'its policies together are too large',
    input: { [`${kind}Name`]: 'full', PolicyName: 'p', PolicyDocument: large(size) },
    message: `Maximum policy size of ${size} bytes exceeded for ${kind.toLowerCase()} full`,
  })),
]);

const noArn = 'arn:aws:iam::1:policy/x';
const notValid = `ARN ${noArn} is not valid.`;
const twice = [
  { Key: 'k', Value: '1' },
  { Key: 'K', Value: '2' },
];
const duplicate = 'Duplicate tag keys found. Please note that Tag keys are case insensitive.';
const reserved = 'aws: prefixed tag key names are not allowed for external use.';

const invalid = as(
  'InvalidInputException',
  'invalidInput',
)([
  ...[
    ...['GetPolicy', 'DeletePolicy', 'ListPolicyVersions', 'ListPolicyTags', 'ListEntitiesForPolicy'],
    ...['GetPolicyVersion', 'SetDefaultPolicyVersion', 'DeletePolicyVersion', 'CreatePolicyVersion'],
  ].map((operation) => ({
    operation,
    when: 'the ARN is none',
    input: { PolicyArn: noArn, VersionId: 'v1', ...document },
    message: notValid,
  })),
  ...kinds.flatMap((kind) =>
    ['Attach', 'Detach'].map((verb) => ({
      operation: `${verb}${kind}Policy`,
      when: 'the ARN is none',
      input: { [`${kind}Name`]: 'full', PolicyArn: noArn },
      message: notValid,
    })),
  ),
  ...(['User', 'Role'] as const).map((kind) => ({
    operation: `Put${kind}PermissionsBoundary`,
    when: 'the ARN is none',
    input: { [`${kind}Name`]: 'full', PermissionsBoundary: noArn },
    message: notValid,
  })),
  {
    operation: 'CreateRole',
    when: 'the ARN of its boundary is none',
    input: { RoleName: 'more', AssumeRolePolicyDocument: serviceTrust, PermissionsBoundary: noArn },
    message: notValid,
  },
  {
    operation: 'CreateRole',
    when: 'a tag comes twice',
    input: { RoleName: 'more', AssumeRolePolicyDocument: serviceTrust, Tags: twice },
    message: duplicate,
  },
  {
    operation: 'CreatePolicy',
    when: 'a tag is reserved',
    input: { PolicyName: 'more', ...document, Tags: [{ Key: 'AWS:x', Value: '' }] },
    message: reserved,
  },
  { operation: 'TagRole', when: 'a tag comes twice', input: { RoleName: 'full', Tags: twice }, message: duplicate },
  {
    operation: 'TagPolicy',
    when: 'a tag comes twice',
    input: { PolicyArn: own('used'), Tags: twice },
    message: duplicate,
  },
  {
    operation: 'UntagPolicy',
    when: 'a tag is reserved',
    input: { PolicyArn: own('used'), TagKeys: ['aws:x'] },
    message: reserved,
  },
]);

const malformed = as(
  'MalformedPolicyDocumentException',
  'malformedPolicyDocument',
)([
  {
    operation: 'CreateRole',
    when: 'it has a resource',
    input: { RoleName: 'more', AssumeRolePolicyDocument: serviceTrust.replace('"Action"', '"Resource":"*","Action"') },
    message: 'Has prohibited field Resource.',
  },
  {
    operation: 'UpdateAssumeRolePolicy',
    when: 'a principal is not there',
    input: { RoleName: 'full', PolicyDocument: trust(`arn:aws:iam::${account}:role/none`) },
    message: `Invalid principal in policy: "AWS":"arn:aws:iam::${account}:role/none"`,
  },
  ...(['CreatePolicy', 'CreatePolicyVersion', 'PutUserPolicy', 'PutGroupPolicy', 'PutRolePolicy'] as const).map(
    (operation) => ({
      operation,
      when: 'it has no resources',
      input: {
        ...{ PolicyName: 'more', PolicyArn: own('used'), UserName: 'full', GroupName: 'full', RoleName: 'full' },
        PolicyDocument: allow('ecr:*').replace(',"Resource":"*"', ''),
      },
      message: 'Policy statement must contain resources.',
    }),
  ),
]);

const notAttachable = as(
  'PolicyNotAttachableException',
  'policyNotAttachable',
)([
  ...kinds.map((kind) => ({
    operation: `Attach${kind}Policy`,
    when: 'AWS keeps it for its services',
    input: { [`${kind}Name`]: 'full', PolicyArn: forServices },
    message: 'Cannot attach a Service Role Policy to a Customer Role.',
  })),
  ...(['User', 'Role'] as const).map((kind) => ({
    operation: `Put${kind}PermissionsBoundary`,
    when: 'AWS keeps it for its services',
    input: { [`${kind}Name`]: 'full', PermissionsBoundary: forServices },
    message: 'Cannot attach a Service Role Policy to a Customer Role.',
  })),
]);

const conflicts = as(
  'DeleteConflictException',
  'deleteConflict',
)([
  {
    operation: 'DeleteRole',
    when: 'a policy is attached to it',
    input: { RoleName: 'full' },
    message: 'Cannot delete entity, must detach all policies first.',
  },
  {
    operation: 'DeleteRole',
    when: 'a policy is inside',
    input: { RoleName: 'inside' },
    message: 'Cannot delete entity, must delete policies first.',
  },
  {
    operation: 'DeletePolicy',
    when: 'somebody holds it',
    input: { PolicyArn: own('used') },
    message: 'Cannot delete a policy attached to entities.',
  },
  {
    operation: 'DeletePolicy',
    when: 'it has two versions',
    input: { PolicyArn: own('versions') },
    message:
      "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
  },
  {
    operation: 'DeletePolicyVersion',
    when: 'it is the default one',
    input: { PolicyArn: own('versions'), VersionId: 'v1' },
    message: 'Cannot delete the default version of a policy.',
  },
]);

export const iamErrorCases: readonly IamErrorCase[] = [
  ...[...missing, ...exists, ...exceeded, ...invalid, ...malformed, ...notAttachable, ...conflicts],
];
