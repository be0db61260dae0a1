import type { Policy, PolicyVersion } from '@aws-sdk/client-iam';
import type { ManagedPolicy } from '../../../core/iam/policies/managed.ts';
import type { PolicyUsage } from '../../../core/iam/policies/usage.ts';
import type { PolicyVersion as Version } from '../../../core/iam/policies/versions.ts';

/** A managed policy as lists show it, without description and tags. */
export function describePolicy(policy: ManagedPolicy, usage: PolicyUsage): Policy {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: `v${policy.defaultVersion}`,
    AttachmentCount: usage.attachments,
    PermissionsBoundaryUsageCount: usage.boundaries,
    IsAttachable: true,
    CreateDate: new Date(policy.createdAt),
    UpdateDate: new Date(policy.updatedAt),
  };
}

/** A version without its document, which only GetPolicyVersion gives. */
export function describeVersion({ number, isDefault, createdAt }: Version): PolicyVersion {
  return { VersionId: `v${number}`, IsDefaultVersion: isDefault, CreateDate: new Date(createdAt) };
}
