import type { Unreached } from './unreached-errors.ts';

const onRoles = ['UpdateRole', 'UpdateRoleDescription', 'UpdateAssumeRolePolicy', 'DeleteRole'];
const onRights = ['AttachRolePolicy', 'DetachRolePolicy', 'PutRolePolicy', 'DeleteRolePolicy'];
const onBoundaries = ['PutRolePermissionsBoundary', 'DeleteRolePermissionsBoundary'];
const onKinds = (words: (kind: string) => string): string[] => ['User', 'Group', 'Role'].map(words);

/** Operations on roles, policies, and what ties policies to users, groups and roles. */
export const roleAndPolicyOperations: readonly string[] = [
  ...[...onRoles, ...onRights, ...onBoundaries, 'CreateRole', 'GetRole', 'ListRoles', 'TagRole', 'UntagRole'],
  ...['ListRoleTags', 'PutUserPermissionsBoundary', 'DeleteUserPermissionsBoundary', 'CreatePolicy', 'GetPolicy'],
  ...['ListPolicies', 'DeletePolicy', 'CreatePolicyVersion', 'GetPolicyVersion', 'ListPolicyVersions'],
  ...['SetDefaultPolicyVersion', 'DeletePolicyVersion', 'TagPolicy', 'UntagPolicy', 'ListPolicyTags'],
  ...['ListEntitiesForPolicy', 'GetRolePolicy', 'ListRolePolicies', 'ListAttachedRolePolicies'],
  ...['Attach', 'Detach', 'Put', 'Get', 'Delete'].flatMap((verb) => [`${verb}UserPolicy`, `${verb}GroupPolicy`]),
  ...['ListUserPolicies', 'ListGroupPolicies', 'ListAttachedUserPolicies', 'ListAttachedGroupPolicies'],
];

/** Errors of these operations that the model declares and that cannot occur. */
export const unreachedRoleErrors: readonly Unreached[] = [
  {
    service: 'iam',
    error: 'ConcurrentModificationException',
    operations: ['CreateRole', 'DeleteRole', 'TagRole', 'UntagRole', 'CreatePolicy', 'TagPolicy', 'UntagPolicy'],
    reason: 'Changes are made one after another, each on what the one before has left.',
  },
  {
    service: 'iam',
    error: 'UnmodifiableEntityException',
    operations: [...onRoles, ...onRights, ...onBoundaries],
    reason: 'Only a role that is linked to a service cannot be changed, and those are not built yet.',
  },
  {
    service: 'iam',
    error: 'LimitExceededException',
    operations: [
      ...['DeleteRole', 'DeletePolicy', 'SetDefaultPolicyVersion', 'DeletePolicyVersion'],
      ...onKinds((kind) => `Detach${kind}Policy`),
      ...onKinds((kind) => `Delete${kind}Policy`),
    ],
    reason: 'No quota stands against having less.',
  },
  {
    service: 'iam',
    error: 'InvalidInputException',
    operations: onKinds((kind) => `ListAttached${kind}Policies`),
    reason: 'What the model lets through is a name, a path, a marker or a number.',
  },
];
