import { RegistryError } from '../../domain/errors.ts';
import type { AccessRequest, Reason } from '../../domain/iam/policy/decide.ts';
import { denialText } from '../../domain/iam/policy/denial.ts';
import type { Call, Uses } from '../app.ts';
import { sealAuthorizationMessage } from './authorization-messages.ts';

/** A denial as the caller is told it, with the sealed decision; it is in the log with its reason. */
export function denied(
  app: Uses<'installation'>,
  call: Call,
  request: AccessRequest,
  reason: Reason,
): RegistryError<'accessDenied'> {
  const { principal, action, resource } = request;
  call.log.info({ request: call.id, principal: principal.arn, action, resource, reason }, 'denied');
  return new RegistryError('accessDenied', {
    text: denialText(request, reason),
    authorizationMessage: sealAuthorizationMessage(app.installation, request, reason, call.time),
  });
}
