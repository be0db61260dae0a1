import { policyArn } from '../../domain/arn.ts';
import { findManagedPolicy } from '../../domain/iam/facts/managed-policies.ts';
import type { CompiledPolicy } from '../../domain/iam/policy/compile.ts';
import type { Rights } from '../../domain/iam/principal.ts';
import type { Session } from '../../domain/iam/session.ts';
import type { Reader } from '../../store/db.ts';
import { findPolicyDocument, holdings, listHoldings } from '../../store/iam/rights.ts';
import type { CompiledPolicies } from './compiled-policies.ts';

/** A user or role whose rights are wanted. */
export interface Holder {
  readonly account: string;
  readonly id: string;
  /** ARN of the policy that bounds it. */
  readonly boundary: string | null;
}

export interface LoadedRights {
  readonly rights: Rights;
  /** Characters of what is held for this holder alone. */
  readonly weight: number;
}

/** Stands for a policy that is named and not there: it allows nothing. */
const nothing = JSON.stringify({ Version: '2012-10-17', Statement: [] });

/**
 * What a user or role may do by itself: the policies of it and of its groups, its boundary, its tags. Two rounds of
 * reads, whatever else the account holds.
 */
export async function loadRights(read: Reader, policies: CompiledPolicies, holder: Holder): Promise<LoadedRights> {
  const { account, id, boundary } = holder;
  const rows = await read.all(listHoldings, { entity: id });
  const attached = new Set(rows.filter(({ kind }) => kind === holdings['attachment']).map(({ name }) => name));
  const managed = await Promise.all([...attached].map((arn) => findPolicy(read, policies, account, arn)));
  const inline = rows.filter(({ kind }) => kind === holdings['inline']);
  const tags = rows.filter(({ kind }) => kind === holdings['tag']);
  const rights: Rights = {
    identity: [
      ...managed.filter((policy) => policy !== undefined),
      ...inline.map(({ name, text }) => policies.ofText(name, text)),
    ],
    boundary: boundary === null ? undefined : await getPolicy(read, policies, account, boundary),
    session: undefined,
    tags: new Map(tags.map(({ name, text }) => [name.toLowerCase(), text])),
  };
  return {
    rights,
    weight: [...inline, ...tags].reduce((sum, { name, text }) => sum + name.length + text.length, 0),
  };
}

/**
 * The rights of a session of a holder: its session policies beside, its session tags over those of the holder (IAM user
 * guide, "Session policies"). A federated user without session policies has no rights by identity policies at all.
 */
export async function rightsOfSession(
  read: Reader,
  policies: CompiledPolicies,
  rights: Rights,
  session: Session,
): Promise<Rights> {
  const { account, kind, policy, policyArns = [], tags = {} } = session;
  const own = [
    ...(policy === undefined ? [] : [policies.ofText('session policy', policy)]),
    ...(await Promise.all(policyArns.map((arn) => getPolicy(read, policies, account, arn)))),
  ];
  const sessionTags = Object.entries(tags).map(([key, value]) => [key.toLowerCase(), value] as const);
  return {
    ...rights,
    session: own.length === 0 && kind !== 'federated' ? undefined : own,
    tags: sessionTags.length === 0 ? rights.tags : new Map([...rights.tags, ...sessionTags]),
  };
}

async function getPolicy(
  read: Reader,
  policies: CompiledPolicies,
  account: string,
  arn: string,
): Promise<CompiledPolicy> {
  return (await findPolicy(read, policies, account, arn)) ?? policies.ofVersion('', arn, nothing);
}

/** A managed policy as an account's users and roles may hold it: AWS's own, or one of the account. */
async function findPolicy(
  read: Reader,
  policies: CompiledPolicies,
  account: string,
  arn: string,
): Promise<CompiledPolicy | undefined> {
  const ofAws = findManagedPolicy(arn);
  if (ofAws) return policies.ofVersion('aws', arn, ofAws.document);
  const name = arn.slice(arn.lastIndexOf('/') + 1);
  const row = await read.first(findPolicyDocument, { account, nameKey: name.toLowerCase() });
  if (row === undefined || policyArn({ account, path: row.path, name: row.name }) !== arn) return undefined;
  return policies.ofVersion(`${row.id}/${row.version}`, arn, row.document);
}

/** Whether a managed policy exists for the users, roles and sessions of an account. */
export async function hasPolicy(read: Reader, account: string, arn: string): Promise<boolean> {
  if (findManagedPolicy(arn)) return true;
  const name = arn.slice(arn.lastIndexOf('/') + 1);
  const row = await read.first(findPolicyDocument, { account, nameKey: name.toLowerCase() });
  return row !== undefined && policyArn({ account, path: row.path, name: row.name }) === arn;
}
