import type { Unreached } from './unreached-errors.ts';

/** Operations on users, their keys and groups, and on the account. */
export const userOperations: readonly string[] = [
  ...['CreateUser', 'GetUser', 'ListUsers', 'UpdateUser', 'DeleteUser', 'TagUser', 'UntagUser', 'ListUserTags'],
  ...['CreateAccessKey', 'ListAccessKeys', 'UpdateAccessKey', 'DeleteAccessKey', 'GetAccessKeyLastUsed'],
  ...['CreateGroup', 'GetGroup', 'ListGroups', 'ListGroupsForUser', 'UpdateGroup', 'DeleteGroup'],
  ...['AddUserToGroup', 'RemoveUserFromGroup', 'GetAccountSummary', 'ListAccountAliases', 'ListInstanceProfiles'],
  ...['ListInstanceProfilesForRole', 'ListMFADevices', 'ListOpenIDConnectProviders', 'ListSSHPublicKeys'],
  ...['ListServiceSpecificCredentials', 'ListSigningCertificates', 'GetLoginProfile', 'DeleteLoginProfile'],
];

/** Errors of these operations that the model declares and that cannot occur. */
export const unreachedUserErrors: readonly Unreached[] = [
  {
    service: 'iam',
    error: 'ConcurrentModificationException',
    operations: ['CreateUser', 'UpdateUser', 'DeleteUser', 'TagUser', 'UntagUser'],
    reason: 'Changes are made one after another, each on what the one before has left.',
  },
  {
    service: 'iam',
    error: 'EntityTemporarilyUnmodifiableException',
    operations: ['UpdateUser', 'DeleteLoginProfile'],
    reason: 'A change is there for everybody as soon as it is answered.',
  },
  {
    service: 'iam',
    error: 'LimitExceededException',
    operations: [
      ...['UpdateUser', 'DeleteUser', 'UpdateAccessKey', 'DeleteAccessKey', 'UpdateGroup', 'DeleteGroup'],
      ...['RemoveUserFromGroup', 'DeleteLoginProfile'],
    ],
    reason: 'No quota stands against having less, or against another name.',
  },
  {
    service: 'iam',
    error: 'NoSuchEntityException',
    operations: ['CreateGroup'],
    reason: 'It names nothing that must be there already.',
  },
  {
    service: 'iam',
    error: 'ServiceNotSupportedException',
    operations: ['ListServiceSpecificCredentials'],
    reason: 'The credentials of no service are there, so that of each the answer is that there are none.',
  },
];
