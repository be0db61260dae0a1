import type { Group } from '@aws-sdk/client-iam';
import { groupArn } from '../../../domain/arn.ts';

export const describeGroup = (group: {
  readonly id: string;
  readonly account: string;
  readonly name: string;
  readonly path: string;
  readonly created_at: number;
}): Group => ({
  Path: group.path,
  GroupName: group.name,
  GroupId: group.id,
  Arn: groupArn(group),
  CreateDate: new Date(group.created_at),
});
