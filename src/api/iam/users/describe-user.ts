import type { User } from '@aws-sdk/client-iam';
import type { IamTag } from '../../../core/iam/tags/tags.ts';
import { userArn } from '../../../domain/arn.ts';
import { showTagsIfAny } from '../tags.ts';

interface Shown {
  readonly id: string;
  readonly account: string;
  readonly name: string;
  readonly path: string;
  readonly boundary: string | null;
  readonly created_at: number;
}

/** A user as lists show it: without tags and boundary. */
export const listedUser = (user: Shown): User => ({
  Path: user.path,
  UserName: user.name,
  UserId: user.id,
  Arn: userArn(user),
  CreateDate: new Date(user.created_at),
});

/** A user as it is shown alone. What it has not is left out. */
export const describeUser = (user: Shown, tags: readonly IamTag[]): User => ({
  ...listedUser(user),
  PermissionsBoundary:
    user.boundary === null
      ? undefined
      : { PermissionsBoundaryType: 'PermissionsBoundaryPolicy', PermissionsBoundaryArn: user.boundary },
  Tags: showTagsIfAny(tags),
});
