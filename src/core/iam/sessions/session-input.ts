import { RegistryError } from '../../../domain/errors.ts';
import { checkSessionPolicy } from '../../../domain/iam/documents/identity-policy.ts';
import type { Reader } from '../../../store/db.ts';
import { keysOfTags, type ContextKeys } from '../request-context.ts';
import { hasPolicy } from '../rights.ts';

/** Tags of a session, by their keys as they were sent. */
export type SessionTags = Readonly<Record<string, string>>;

/** Most managed policies that a session may have. */
const mostPolicyArns = 10;

const wrongValue = (text: string): RegistryError => new RegistryError('invalidParameterValue', { text });

/**
 * The tags of a request, each key once.
 *
 * @throws RegistryError invalidParameterValue.
 */
export function readSessionTags(
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] = [],
): SessionTags {
  const pairs = tags.map(({ Key: key = '', Value: value = '' }) => [key, value] as const);
  const keys = new Set(pairs.map(([key]) => key.toLowerCase()));
  if (keys.size < pairs.length)
    throw wrongValue('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  if ([...keys].some((key) => key.startsWith('aws:')))
    throw wrongValue('Tag keys beginning with aws: are reserved for system use.');
  return Object.fromEntries(pairs);
}

/**
 * The keys of a request's tags that are to be handed on, each of which must be one of its tags.
 *
 * @throws RegistryError invalidParameterValue.
 */
export function readTransitiveKeys(keys: readonly string[] = [], tags: SessionTags): readonly string[] {
  const known = new Set(Object.keys(tags).map((key) => key.toLowerCase()));
  if (keys.some((key) => !known.has(key.toLowerCase())))
    throw wrongValue('The specified transitive tag key must be included in the requested tags.');
  return keys;
}

/** What conditions are told of a request's tags. */
export function tagKeysOf(tags: SessionTags): ContextKeys {
  return keysOfTags(Object.entries(tags).map(([Key, Value]) => ({ Key, Value })));
}

export interface SessionPolicies {
  readonly policy?: string | undefined;
  /** Managed policies of the session's account. */
  readonly policyArns?: readonly string[] | undefined;
}

/**
 * Checks the policies that a session is to have.
 *
 * @throws RegistryError malformedPolicyDocument, packedPolicyTooLarge, validation.
 */
export async function checkSessionPolicies(
  read: Reader,
  account: string,
  { policy, policyArns = [] }: SessionPolicies,
): Promise<void> {
  if (policy !== undefined) checkSessionPolicy(policy);
  if (policyArns.length > mostPolicyArns) {
    const text = `1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to ${mostPolicyArns}`;
    throw new RegistryError('validation', { text });
  }
  for (const arn of policyArns) {
    if (!(await hasPolicy(read, account, arn)))
      throw new RegistryError('validation', { text: `ARN ${arn} is not valid for a managed session policy.` });
  }
}
