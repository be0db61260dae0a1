import type { Uses } from '../../app.ts';
import { readTags, type IamTag } from '../tags/tags.ts';
import type { ManagedPolicy, OnPolicy } from './managed.ts';
import { readUsage, type PolicyUsage } from './usage.ts';

export interface PolicyShown {
  readonly policy: ManagedPolicy;
  readonly usage: PolicyUsage;
  readonly tags: readonly IamTag[];
}

/** A managed policy with its tags and in how many places of the caller's account it is used. */
export async function readPolicy(
  app: Uses<'store'>,
  { allowed, policy }: OnPolicy<'iam:GetPolicy'>,
): Promise<PolicyShown> {
  const reader = app.store.read;
  const usage = await readUsage(reader, allowed.registry.account, policy.arn);
  return { policy, usage, tags: policy.fromAws ? [] : await readTags(reader, policy.id) };
}
