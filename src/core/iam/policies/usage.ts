import type { Reader } from '../../../store/db.ts';
import {
  countAllAttachments,
  countAllRoleBoundaries,
  countAllUserBoundaries,
  countAttachments,
  countRoleBoundaries,
  countUserBoundaries,
} from '../../../store/iam/attachments.ts';

/** In how many places of an account a policy is used. */
export interface PolicyUsage {
  readonly attachments: number;
  readonly boundaries: number;
}

export const unused: PolicyUsage = { attachments: 0, boundaries: 0 };

export async function readUsage(reader: Reader, account: string, arn: string): Promise<PolicyUsage> {
  const by = { account, policy: arn };
  const attached = await reader.first(countAttachments, by);
  const users = await reader.first(countUserBoundaries, by);
  const roles = await reader.first(countRoleBoundaries, by);
  return { attachments: attached?.count ?? 0, boundaries: (users?.count ?? 0) + (roles?.count ?? 0) };
}

/** As {@link readUsage}, of every policy that is used, by ARN. */
export async function readAllUsage(reader: Reader, account: string): Promise<Map<string, PolicyUsage>> {
  const usage = new Map<string, PolicyUsage>();
  const add = (arn: string, attachments: number, boundaries: number): void => {
    const before = usage.get(arn) ?? unused;
    usage.set(arn, {
      attachments: before.attachments + attachments,
      boundaries: before.boundaries + boundaries,
    });
  };
  for (const { policy, count } of await reader.all(countAllAttachments, { account })) add(policy, count, 0);
  for (const statement of [countAllUserBoundaries, countAllRoleBoundaries]) {
    for (const { boundary, count } of await reader.all(statement, { account })) add(boundary ?? '', 0, count);
  }
  return usage;
}
