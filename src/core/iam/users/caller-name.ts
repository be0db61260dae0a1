import { RegistryError } from '../../../domain/errors.ts';
import type { Call } from '../../app.ts';

/**
 * The user that an operation means which names none: the one who calls.
 *
 * @throws RegistryError validation where the caller is no user.
 */
export function userNameOr(call: Call, given: string | undefined): string {
  if (given !== undefined) return given;
  const { type, name } = call.principal;
  if (type === 'User') return name;
  throw new RegistryError('validation', { text: 'Must specify userName when calling with non-User credentials' });
}
