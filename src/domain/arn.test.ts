import { describe, expect, it } from 'vitest';
import { partitionOf, repositoryArn, userArn } from './arn.ts';

describe('an ARN', () => {
  it.each([
    ['us-east-1', 'aws'],
    ['cn-north-1', 'aws-cn'],
    ['us-gov-west-1', 'aws-us-gov'],
    ['eusc-de-east-1', 'aws-eusc'],
    ['ca-central-1', 'aws'],
  ])('of region %s is in the partition %s', (region, partition) => {
    expect(partitionOf(region)).toBe(partition);
    expect(repositoryArn({ account: '123456789012', region, name: 'team/app' })).toBe(
      `arn:${partition}:ecr:${region}:123456789012:repository/team/app`,
    );
  });

  it.each([
    ['/', 'arn:aws:iam::123456789012:user/admin'],
    ['/division/', 'arn:aws:iam::123456789012:user/division/admin'],
  ])('of a user at path %s is %s', (path, arn) => {
    expect(userArn({ account: '123456789012', path, name: 'admin' })).toBe(arn);
  });
});
