import { roleArn, sessionArn } from '../../../domain/arn.ts';
import { RegistryError } from '../../../domain/errors.ts';
import { compilePolicy, type PrincipalIds } from '../../../domain/iam/policy/compile.ts';
import { readPolicyDocument } from '../../../domain/iam/policy/document.ts';
import { splitArn } from '../../../domain/iam/policy/arns.ts';
import { isAccountId } from '../../../domain/names.ts';
import { findTrustedRole } from '../../../store/iam/rights.ts';
import { listTags } from '../../../store/iam/tags.ts';
import type { Call, Uses } from '../../app.ts';
import { allowRole, type Deciding, type TrustedRole } from '../../authorize.ts';
import type { ContextKeys } from '../request-context.ts';
import { issueSession, type IssuedSession } from './issue-session.ts';
import { checkSessionPolicies, tagKeysOf, type SessionPolicies, type SessionTags } from './session-input.ts';

export interface AssumeRole extends SessionPolicies {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly seconds?: number | undefined;
  readonly tags: SessionTags;
  readonly transitiveTagKeys: readonly string[];
  readonly externalId?: string | undefined;
  readonly sourceIdentity?: string | undefined;
}

export interface AssumedRole extends IssuedSession {
  /** `AROA…:SESSION` */
  readonly userId: string;
  readonly arn: string;
}

/** Seconds of a session where nothing is said, and at most for a role that was assumed by a session of a role. */
const usualSeconds = 3600;
const mostSecondsOfChain = 3600;

/**
 * Gives temporary credentials of a role to whom its trust policy and their own policies let (STS: AssumeRole). A role that
 * is not there is told as one that trusts nobody.
 *
 * @throws RegistryError accessDenied, validation, invalidParameterValue, malformedPolicyDocument, packedPolicyTooLarge.
 */
export async function assumeRole(app: Deciding & Uses<'store'>, call: Call, input: AssumeRole): Promise<AssumedRole> {
  const handed = handedOn(call, input);
  const role = await findRole(app, input.roleArn);
  decide(app, call, role, input, handed);
  const { account, id, name, maxSession } = role;
  const seconds = secondsOf(call, input.seconds, maxSession);
  await checkSessionPolicies(app.store.read, account, input);
  const { sessionName, policy, policyArns } = input;
  const { tags, transitiveTagKeys, sourceIdentity } = handed;
  const chained = isChained(call);
  const session = {
    kind: 'role',
    account,
    entity: id,
    name: sessionName,
    policy,
    policyArns,
    tags,
    transitiveTagKeys,
    sourceIdentity,
    chained,
  } as const;
  return {
    ...issueSession(app, call, session, seconds),
    userId: `${id}:${sessionName}`,
    arn: sessionArn({ account, role: name, name: sessionName }),
  };
}

const isChained = ({ principal }: Call): boolean => principal.type === 'AssumedRole';

/** What the new session has of the caller's request and, in a chain of roles, of the caller's own session. */
interface HandedOn {
  readonly tags: SessionTags;
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity: string | undefined;
}

/**
 * Transitive tags of the caller's session go on to the next and cannot be set anew; its source identity stays what it is
 * (IAM user guide, "Chaining roles with session tags", "Monitor and control actions taken with assumed roles").
 */
function handedOn({ principal }: Call, input: AssumeRole): HandedOn {
  const { tags = {}, transitiveTagKeys = [], sourceIdentity } = principal.session ?? {};
  const transitive = new Set(transitiveTagKeys.map((key) => key.toLowerCase()));
  const inherited = Object.entries(tags).filter(([key]) => transitive.has(key.toLowerCase()));
  if (Object.keys(input.tags).some((key) => transitive.has(key.toLowerCase()))) {
    const text =
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.";
    throw new RegistryError('invalidParameterValue', { text });
  }
  if (sourceIdentity !== undefined && input.sourceIdentity !== undefined && sourceIdentity !== input.sourceIdentity)
    throw new RegistryError('accessDenied', { text: 'The source identity of the calling session cannot be changed.' });
  return {
    tags: { ...Object.fromEntries(inherited), ...input.tags },
    transitiveTagKeys: [...transitiveTagKeys, ...input.transitiveTagKeys],
    sourceIdentity: sourceIdentity ?? input.sourceIdentity,
  };
}

interface FoundRole extends TrustedRole {
  readonly id: string;
  readonly name: string;
  /** Seconds. */
  readonly maxSession: number;
}

const trustsNobody = compilePolicy({ version: '2012-10-17', statements: [] }, { name: '', resource: '*' });

/** @throws RegistryError validation. */
async function findRole({ store }: Uses<'store'>, arn: string): Promise<FoundRole> {
  const [, , service, region, account = '', resource = ''] = splitArn(arn) ?? [];
  const [kind, ...path] = resource.split('/');
  const name = path.at(-1) ?? '';
  if (service !== 'iam' || region !== '' || !isAccountId(account) || kind !== 'role' || name === '')
    throw new RegistryError('validation', { text: `${arn} is invalid` });
  const row = await store.read.first(findTrustedRole, { account, nameKey: name.toLowerCase() });
  if (!row || row.closed_at !== null || roleArn(row) !== arn)
    return { account, arn, trust: trustsNobody, tags: new Map(), id: '', name: '', maxSession: 0 };
  const principals = JSON.parse(row.trust_principals) as PrincipalIds;
  const tags = await store.read.all(listTags, { entity: row.id });
  return {
    account,
    arn,
    trust: compilePolicy(readPolicyDocument(row.trust), { name: arn, principals, resource: '*' }),
    tags: new Map(tags.map((tag) => [tag.name.toLowerCase(), tag.value])),
    id: row.id,
    name: row.name,
    maxSession: row.max_session,
  };
}

/** Assuming, and what goes with it: handing tags to the session, naming a source identity. */
function decide(app: Deciding, call: Call, role: FoundRole, input: AssumeRole, handed: HandedOn): void {
  const { sourceIdentity, tags } = handed;
  const ofRole = [...role.tags].map(([key, value]) => [`iam:resourcetag/${key}`, value] as const);
  const keys: ContextKeys = {
    ...Object.fromEntries(ofRole),
    ...tagKeysOf(input.tags),
    'sts:rolesessionname': input.sessionName,
    ...(input.transitiveTagKeys.length > 0 ? { 'sts:transitivetagkeys': input.transitiveTagKeys } : {}),
    ...(input.externalId === undefined ? {} : { 'sts:externalid': input.externalId }),
    ...(sourceIdentity === undefined ? {} : { 'sts:sourceidentity': sourceIdentity }),
  };
  allowRole(app, call, 'sts:AssumeRole', role, keys);
  if (Object.keys(tags).length > 0) allowRole(app, call, 'sts:TagSession', role, keys);
  if (sourceIdentity !== undefined) allowRole(app, call, 'sts:SetSourceIdentity', role, keys);
}

/** @throws RegistryError validation. */
function secondsOf(call: Call, asked: number | undefined, maxSession: number): number {
  const seconds = asked ?? usualSeconds;
  const refuse = (text: string): never => {
    throw new RegistryError('validation', { text });
  };
  if (isChained(call) && seconds > mostSecondsOfChain)
    refuse('The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining');
  if (seconds > maxSession) refuse('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  return seconds;
}
