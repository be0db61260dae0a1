/** How operations on users, their keys and groups, and on the account are refused, with the words. */
import type { IAM } from '@aws-sdk/client-iam';
import type { ErrorKind } from '../../../src/domain/errors.ts';
import type { IamErrorCase } from './policies/error-cases.ts';
import { allow } from './policies/iam-client.ts';

/** Limits that a test can reach; {@link openUserWorld} fills the account up to them. */
export const smallUserLimits = { users: 7, groups: 5, tags: 2, groupsPerUser: 1, accessKeysPerUser: 1 };

const policy = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
const noPolicy = 'arn:aws:iam::aws:policy/NoSuchPolicy';
const ownPolicy = { PolicyName: 'inside', PolicyDocument: allow('ecr:*') };
const unknownKey = 'AKIAIOSFODNN7EXAMPLE';

/** Users and groups are named after what they have; the administrator is one more user. */
export async function openUserWorld(iam: IAM): Promise<void> {
  for (const UserName of ['plain', 'keyed', 'member', 'attached', 'inline'])
    await iam.createUser({ UserName, Tags: [{ Key: 'a', Value: '' }] });
  await iam.createUser({ UserName: 'full', Tags: ['a', 'b'].map((Key) => ({ Key, Value: '' })) });
  await iam.createAccessKey({ UserName: 'keyed' });
  await iam.attachUserPolicy({ UserName: 'attached', PolicyArn: policy });
  await iam.putUserPolicy({ UserName: 'inline', ...ownPolicy });
  for (const GroupName of ['plain', 'other', 'peopled', 'attached', 'inline']) await iam.createGroup({ GroupName });
  await iam.addUserToGroup({ GroupName: 'peopled', UserName: 'member' });
  await iam.attachGroupPolicy({ GroupName: 'attached', PolicyArn: policy });
  await iam.putGroupPolicy({ GroupName: 'inline', ...ownPolicy });
}

type Refused = Pick<IamErrorCase, 'operation' | 'when' | 'input' | 'message'>;
const as =
  (error: string, kind: ErrorKind) =>
  (cases: readonly Refused[]): IamErrorCase[] =>
    cases.map((one) => ({ ...one, error, kind }));

const missing = (operation: string, kind: 'User' | 'Group' | 'Role', more: object = {}): Refused => ({
  operation,
  when: `there is no such ${kind.toLowerCase()}`,
  input: { ...more, [`${kind}Name`]: 'none' },
  message: `The ${kind.toLowerCase()} with name none cannot be found.`,
});

const noSuchEntity = as(
  'NoSuchEntityException',
  'noSuchEntity',
)([
  ...[
    ...['GetUser', 'UpdateUser', 'DeleteUser', 'ListUserTags', 'CreateAccessKey', 'ListAccessKeys'],
    ...['ListGroupsForUser', 'ListMFADevices', 'ListSSHPublicKeys', 'ListServiceSpecificCredentials'],
    ...['ListSigningCertificates', 'GetLoginProfile', 'DeleteLoginProfile'],
  ].map((operation) => missing(operation, 'User')),
  missing('TagUser', 'User', { Tags: [] }),
  missing('UntagUser', 'User', { TagKeys: [] }),
  missing('UpdateAccessKey', 'User', { AccessKeyId: unknownKey, Status: 'Active' }),
  missing('DeleteAccessKey', 'User', { AccessKeyId: unknownKey }),
  ...['GetGroup', 'UpdateGroup', 'DeleteGroup'].map((operation) => missing(operation, 'Group')),
  ...['AddUserToGroup', 'RemoveUserFromGroup'].flatMap((operation) => [
    missing(operation, 'Group', { UserName: 'plain' }),
    missing(operation, 'User', { GroupName: 'plain' }),
  ]),
  missing('ListInstanceProfilesForRole', 'Role'),
  {
    operation: 'CreateUser',
    when: 'there is no such policy for a boundary',
    input: { UserName: 'bounded', PermissionsBoundary: noPolicy },
    message: `Scope ARN: ${noPolicy} does not exist or is not attachable.`,
  },
  ...['UpdateAccessKey', 'DeleteAccessKey'].map((operation) => ({
    operation,
    when: 'the user has no such key',
    input: { UserName: 'keyed', AccessKeyId: unknownKey, ...(operation === 'UpdateAccessKey' && { Status: 'Active' }) },
    message: `The Access Key with id ${unknownKey} cannot be found.`,
  })),
  ...['GetLoginProfile', 'DeleteLoginProfile'].map((operation) => ({
    operation,
    when: 'the user has none',
    input: { UserName: 'plain' },
    message: 'Login Profile for User plain cannot be found.',
  })),
]);

const alreadyExists = as(
  'EntityAlreadyExistsException',
  'entityAlreadyExists',
)([
  {
    operation: 'CreateUser',
    when: 'there is one whose name differs in case',
    input: { UserName: 'PLAIN', Path: '/x/' },
    message: 'User with name PLAIN already exists.',
  },
  {
    operation: 'UpdateUser',
    when: 'another has the name',
    input: { UserName: 'plain', NewUserName: 'Full' },
    message: 'User with name Full already exists.',
  },
  {
    operation: 'CreateGroup',
    when: 'there is one whose name differs in case',
    input: { GroupName: 'PLAIN', Path: '/x/' },
    message: 'Group with name PLAIN already exists.',
  },
  {
    operation: 'UpdateGroup',
    when: 'another has the name',
    input: { GroupName: 'plain', NewGroupName: 'Other' },
    message: 'Group with name Other already exists.',
  },
]);

const deleteConflict = as(
  'DeleteConflictException',
  'deleteConflict',
)(
  (
    [
      ['DeleteUser', 'keyed', 'delete access keys'],
      ['DeleteUser', 'member', 'remove users from group'],
      ['DeleteUser', 'attached', 'detach all policies'],
      ['DeleteUser', 'inline', 'delete policies'],
      ['DeleteGroup', 'peopled', 'remove users from group'],
      ['DeleteGroup', 'attached', 'detach all policies'],
      ['DeleteGroup', 'inline', 'delete policies'],
    ] as const
  ).map(([operation, name, first]) => ({
    operation,
    when: `it must ${first} first`,
    input: { [operation === 'DeleteUser' ? 'UserName' : 'GroupName']: name },
    message: `Cannot delete entity, must ${first} first.`,
  })),
);

const limitExceeded = as(
  'LimitExceededException',
  'quotaExceeded',
)([
  {
    operation: 'CreateUser',
    when: 'the account has as many as it may',
    input: { UserName: 'one-more' },
    message: 'Cannot exceed quota for UsersPerAccount: 7',
  },
  {
    operation: 'CreateGroup',
    when: 'the account has as many as it may',
    input: { GroupName: 'one-more' },
    message: 'Cannot exceed quota for GroupsPerAccount: 5',
  },
  {
    operation: 'CreateAccessKey',
    when: 'the user has as many as it may',
    input: { UserName: 'keyed' },
    message: 'Cannot exceed quota for AccessKeysPerUser: 1',
  },
  {
    operation: 'AddUserToGroup',
    when: 'the user is in as many as it may',
    input: { GroupName: 'plain', UserName: 'member' },
    message: 'Cannot exceed quota for GroupsPerUser: 1',
  },
  {
    operation: 'TagUser',
    when: 'the user would have more than it may',
    input: { UserName: 'full', Tags: [{ Key: 'c', Value: '' }] },
    message: 'Cannot exceed quota for TagsPerUser: 2',
  },
]);

const twice = { Tags: ['Team', 'tEAM'].map((Key) => ({ Key, Value: '' })) };
const reserved = { Tags: [{ Key: 'AWS:x', Value: '' }] };
const twiceText = 'Duplicate tag keys found. Please note that Tag keys are case insensitive.';
const reservedText = 'aws: prefixed tag key names are not allowed for external use.';

const invalidInput = as(
  'InvalidInputException',
  'invalidInput',
)([
  ...['CreateUser', 'TagUser'].flatMap((operation) => [
    { operation, when: 'a tag is given twice', input: { UserName: 'plain', ...twice }, message: twiceText },
    { operation, when: 'a tag is one of AWS', input: { UserName: 'plain', ...reserved }, message: reservedText },
  ]),
  {
    operation: 'UpdateAccessKey',
    when: 'the status is one that nobody can give',
    input: { UserName: 'keyed', AccessKeyId: unknownKey, Status: 'Expired' },
    message: 'The status of an access key can be set to Active or Inactive.',
  },
]);

export const userErrorCases: readonly IamErrorCase[] = [
  ...noSuchEntity,
  ...alreadyExists,
  ...deleteConflict,
  ...limitExceeded,
  ...invalidInput,
];
