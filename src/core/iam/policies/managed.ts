import { parsePolicyArn, policyArn } from '../../../domain/arn.ts';
import { RegistryError } from '../../../domain/errors.ts';
import { findManagedPolicy, type ManagedPolicy as Fact } from '../../../domain/iam/facts/managed-policies.ts';
import type { Reader } from '../../../store/db.ts';
import { findPolicy, type PolicyRow } from '../../../store/iam/policies.ts';
import type { Call } from '../../app.ts';
import { allowIam, type Allowed, type ContextKeys, type Deciding } from '../../authorize.ts';
import { readResourceTagKeys } from '../tags/tag-keys.ts';

/** A managed policy, of the account's own or of AWS. */
export interface ManagedPolicy {
  readonly arn: string;
  readonly id: string;
  readonly name: string;
  readonly path: string;
  /** True for one that AWS manages: it is in every account and cannot be changed. */
  readonly fromAws: boolean;
  readonly description?: string | undefined;
  readonly defaultVersion: number;
  /** The highest number given to a version so far. */
  readonly latestVersion: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** AWS keeps these for roles of its services. */
const serviceRolePath = '/aws-service-role/';

export function policyOfRow(row: PolicyRow): ManagedPolicy {
  return {
    arn: policyArn(row),
    id: row.id,
    name: row.name,
    path: row.path,
    fromAws: false,
    description: row.description ?? undefined,
    defaultVersion: row.default_version,
    latestVersion: row.latest_version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** A version's number out of `v3`; NaN where it has none. */
export const versionNumber = (id: string): number => (/^v[1-9][0-9]{0,8}$/.test(id) ? Number(id.slice(1)) : Number.NaN);

export function policyOfFact({ arn, id, name, path, defaultVersion, created, updated }: Fact): ManagedPolicy {
  const version = versionNumber(defaultVersion);
  return {
    arn,
    id,
    name,
    path,
    fromAws: true,
    defaultVersion: version,
    latestVersion: version,
    createdAt: created,
    updatedAt: updated,
  };
}

/** The policy that an ARN names in an account. An ARN whose name differs in case names none. */
export async function findManaged(reader: Reader, account: string, arn: string): Promise<ManagedPolicy | undefined> {
  const named = parsePolicyArn(arn);
  if (named?.account === 'aws') {
    const fact = findManagedPolicy(arn);
    return fact && policyOfFact(fact);
  }
  if (named?.account !== account) return undefined;
  const row = await reader.first(findPolicy, { account, nameKey: named.name.toLowerCase() });
  return row && policyArn(row) === arn ? policyOfRow(row) : undefined;
}

/** @throws RegistryError invalidInput for a text that is not the ARN of a policy. */
export function checkPolicyArn(arn: string): void {
  if (!parsePolicyArn(arn)) throw new RegistryError('invalidInput', { text: `ARN ${arn} is not valid.` });
}

/**
 * Reads a policy that is to be attached or become a boundary, inside the transaction that does so.
 *
 * @param as how the refusal names a policy that is missing.
 * @throws RegistryError noSuchEntity, policyNotAttachable.
 */
export async function requireAttachable(
  reader: Reader,
  account: string,
  arn: string,
  as: 'Policy' | 'Scope ARN:' = 'Policy',
): Promise<void> {
  const policy = await findManaged(reader, account, arn);
  if (!policy) throw new RegistryError('noSuchEntity', { text: `${as} ${arn} does not exist or is not attachable.` });
  if (policy.fromAws && policy.path.startsWith(serviceRolePath)) {
    const text = 'Cannot attach a Service Role Policy to a Customer Role.';
    throw new RegistryError('policyNotAttachable', { text });
  }
}

export const policyNotFound = (arn: string): RegistryError =>
  new RegistryError('noSuchEntity', { text: `Policy ${arn} was not found.` });

/** The proof for an action on a managed policy that is there, and what was found. */
export interface OnPolicy<A extends string> {
  readonly allowed: Allowed<A>;
  readonly policy: ManagedPolicy;
}

/**
 * Decides an action on a managed policy. Who is not allowed does not learn whether it is there.
 *
 * @throws RegistryError invalidInput, accessDenied, noSuchEntity.
 */
export async function allowPolicy<A extends `iam:${string}`>(
  app: Deciding,
  call: Call,
  action: A,
  { arn, keys }: { arn: string; keys?: ContextKeys | undefined },
): Promise<OnPolicy<A>> {
  checkPolicyArn(arn);
  const policy = await findManaged(app.store.read, call.principal.account, arn);
  const told = policy && !policy.fromAws ? await readResourceTagKeys(app, policy.id, 'policy') : {};
  const allowed = await allowIam(app, call, action, arn, { ...told, ...keys });
  if (!policy) throw policyNotFound(arn);
  return { allowed, policy };
}

/**
 * As {@link allowPolicy}, for an action that changes the policy. Those of AWS belong to AWS: nobody may.
 *
 * @throws RegistryError accessDenied.
 */
export async function allowPolicyChange<A extends `iam:${string}`>(
  app: Deciding,
  call: Call,
  action: A,
  asked: { arn: string; keys?: ContextKeys | undefined },
): Promise<OnPolicy<A>> {
  const found = await allowPolicy(app, call, action, asked);
  if (found.policy.fromAws) {
    const text = `User: ${call.principal.arn} is not authorized to perform: ${action} on resource: policy ${asked.arn}`;
    throw new RegistryError('accessDenied', { text });
  }
  return found;
}

/** The row of an account's own policy, inside the transaction that changes it. @throws RegistryError noSuchEntity. */
export async function readPolicyAgain(reader: Reader, { policy, allowed }: OnPolicy<string>): Promise<PolicyRow> {
  const { account } = allowed.registry;
  const row = await reader.first(findPolicy, { account, nameKey: policy.name.toLowerCase() });
  if (!row || row.id !== policy.id) throw policyNotFound(policy.arn);
  return row;
}
