import { RegistryError } from '../../../domain/errors.ts';
import { newIamId, newSecretAccessKey } from '../../../domain/iam/ids.ts';
import { packedSize, type TemporaryCredential } from '../../../domain/iam/session-token.ts';
import type { Session } from '../../../domain/iam/session.ts';
import type { Call, Uses } from '../../app.ts';
import { sealSessionToken } from '../session-tokens.ts';

/** Temporary credentials, shown once: nothing of them is stored. */
export interface IssuedSession extends TemporaryCredential {
  readonly sessionToken: string;
  /** Per cent of the room for session policies and tags; undefined where there are none. */
  readonly packedSize: number | undefined;
}

export type NewSession = Omit<Session, 'issuedAt' | 'expiresAt'>;

/**
 * Issues temporary credentials, good from now on for `seconds`. Times are whole seconds, as they are told.
 *
 * @throws RegistryError packedPolicyTooLarge.
 */
export function issueSession(
  app: Uses<'installation'>,
  call: Call,
  wanted: NewSession,
  seconds: number,
): IssuedSession {
  const percent = packedSize(wanted);
  if (percent !== undefined && percent > 100) {
    const what = wanted.policy === undefined && !wanted.policyArns?.length ? 'session tags' : 'policy';
    throw new RegistryError('packedPolicyTooLarge', { percent, what });
  }
  const issuedAt = Math.floor(call.time / 1000) * 1000;
  const credential: TemporaryCredential = {
    accessKeyId: newIamId('ASIA', wanted.account),
    secretAccessKey: newSecretAccessKey(),
    session: { ...wanted, issuedAt, expiresAt: issuedAt + seconds * 1000 },
  };
  return { ...credential, sessionToken: sealSessionToken(app.installation, credential), packedSize: percent };
}
