import type { Credentials } from '@aws-sdk/client-sts';
import type { IssuedSession } from '../../core/iam/sessions/issue-session.ts';
import { RegistryError } from '../../domain/errors.ts';

/** Temporary credentials as the operations of STS give them. */
export function credentialsOf({ accessKeyId, secretAccessKey, sessionToken, session }: IssuedSession): Credentials {
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: new Date(session.expiresAt),
  };
}

/** ARNs of the managed session policies of a request; undefined where it has none. */
export function policyArnsOf({
  PolicyArns = [],
}: {
  readonly PolicyArns?: readonly { readonly arn?: string | undefined }[] | undefined;
}): readonly string[] | undefined {
  return PolicyArns.length === 0 ? undefined : PolicyArns.map(({ arn = '' }) => arn);
}

/** There are no devices for a second factor: what one says would not be looked at. @throws RegistryError withoutEffect. */
export function refuseSecondFactor(input: {
  readonly SerialNumber?: string | undefined;
  readonly TokenCode?: string | undefined;
}): void {
  const feature = 'Multi-factor authentication';
  if (input.SerialNumber !== undefined) throw new RegistryError('withoutEffect', { member: 'serialNumber', feature });
  if (input.TokenCode !== undefined) throw new RegistryError('withoutEffect', { member: 'tokenCode', feature });
}
