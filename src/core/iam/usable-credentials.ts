import { RegistryError } from '../../domain/errors.ts';
import type { Principal } from '../../domain/iam/principal.ts';

/** What sessions of GetSessionToken and GetFederationToken may call in STS, and what sessions of roles may not. */
const forUserSessions: ReadonlySet<string> = new Set(['AssumeRole', 'GetCallerIdentity']);
const forFederated: ReadonlySet<string> = new Set(['GetCallerIdentity']);
const notForRoles: ReadonlySet<string> = new Set(['GetFederationToken', 'GetSessionToken']);

/**
 * Refuses temporary credentials where they cannot be used at all, whatever policies say (IAM user guide, "Compare AWS STS
 * credentials"): a session must not get rid of what narrows it by asking for another. IAM takes sessions of a user only
 * with a second factor, which there is none of here.
 *
 * @throws RegistryError unusableCredential (IAM), accessDenied (STS).
 */
export function requireUsable({ session }: Principal, service: string, operation: string): void {
  if (!session) return;
  const { kind } = session;
  if (service === 'iam' && kind !== 'role') throw new RegistryError('unusableCredential', {});
  if (service !== 'sts') return;
  const may =
    kind === 'role' ? !notForRoles.has(operation) : (kind === 'user' ? forUserSessions : forFederated).has(operation);
  if (may) return;
  throw new RegistryError('accessDenied', { text: `Cannot call ${operation} with session credentials` });
}
