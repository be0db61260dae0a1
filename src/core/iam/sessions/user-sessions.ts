import { federatedUserArn } from '../../../domain/arn.ts';
import { RegistryError } from '../../../domain/errors.ts';
import type { Identity } from '../../../domain/iam/principal.ts';
import type { Call, Uses } from '../../app.ts';
import { allowIam, type Deciding } from '../../authorize.ts';
import { issueSession, type IssuedSession } from './issue-session.ts';
import { checkSessionPolicies, tagKeysOf, type SessionPolicies, type SessionTags } from './session-input.ts';

/** Seconds of a session of a user where nothing is said: 12 hours. */
const usualSeconds = 43_200;

/**
 * Temporary credentials of the calling user itself (STS: GetSessionToken). Nothing needs to be allowed for it, and no policy
 * can deny it.
 *
 * @throws RegistryError accessDenied.
 */
export function getSessionToken(app: Uses<'installation'>, call: Call, seconds = usualSeconds): IssuedSession {
  const { account } = call.principal;
  const { id } = userBehind(call, 'GetSessionToken');
  return issueSession(app, call, { kind: 'user', account, entity: id, name: '' }, seconds);
}

export interface Federation extends SessionPolicies {
  readonly name: string;
  readonly tags: SessionTags;
  readonly seconds?: number | undefined;
}

export interface FederatedUser extends IssuedSession {
  /** `ACCOUNT:NAME` */
  readonly userId: string;
  readonly arn: string;
}

/**
 * Temporary credentials for somebody whom the calling user vouches for, with no more rights than the user has and the
 * given policies allow (STS: GetFederationToken).
 *
 * @throws RegistryError accessDenied, malformedPolicyDocument, packedPolicyTooLarge, validation.
 */
export async function getFederationToken(
  app: Deciding,
  call: Call,
  { name, tags, policy, policyArns, seconds = usualSeconds }: Federation,
): Promise<FederatedUser> {
  const { account } = call.principal;
  const { id } = userBehind(call, 'GetFederationToken');
  const arn = federatedUserArn({ account, name });
  const keys = tagKeysOf(tags);
  await allowIam(app, call, 'sts:GetFederationToken', arn, keys);
  if (Object.keys(tags).length > 0) await allowIam(app, call, 'sts:TagSession', arn, keys);
  await checkSessionPolicies(app.store.read, account, { policy, policyArns });
  const session = { kind: 'federated', account, entity: id, name, policy, policyArns, tags } as const;
  return { ...issueSession(app, call, session, seconds), userId: `${account}:${name}`, arn };
}

/** The user that calls with a key of its own. @throws RegistryError accessDenied for everybody else. */
function userBehind({ principal }: Call, operation: string): Identity {
  if (principal.type === 'User' && principal.user && !principal.session) return principal.user;
  throw new RegistryError('accessDenied', { text: `Cannot call ${operation} with session credentials` });
}
