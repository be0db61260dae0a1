import type { Role } from '@aws-sdk/client-iam';
import type { ListedRole } from '../../../core/iam/roles/list-roles.ts';
import type { RoleShown } from '../../../core/iam/roles/read-role.ts';
import { roleArn } from '../../../domain/arn.ts';
import { encodeDocument } from '../documents.ts';
import { showTagsIfAny } from '../tags.ts';

/** A role as lists show it. */
export function describeListed({ row, trust }: ListedRole): Role {
  return {
    Path: row.path,
    RoleName: row.name,
    RoleId: row.id,
    Arn: roleArn(row),
    CreateDate: new Date(row.created_at),
    AssumeRolePolicyDocument: encodeDocument(trust),
    Description: row.description ?? undefined,
    MaxSessionDuration: row.max_session,
  };
}

/** A role with its boundary and tags, which lists leave out. */
export function describeRole(role: RoleShown): Role {
  const { boundary } = role.row;
  return {
    ...describeListed(role),
    PermissionsBoundary:
      boundary === null
        ? undefined
        : { PermissionsBoundaryType: 'PermissionsBoundaryPolicy', PermissionsBoundaryArn: boundary },
    Tags: showTagsIfAny(role.tags),
  };
}
