import { RegistryError } from '../../../domain/errors.ts';

/** Passwords of users, which IAM calls login profiles, are not there. */
export const noSuchLoginProfile = (user: string): RegistryError =>
  new RegistryError('noSuchEntity', { text: `Login Profile for User ${user} cannot be found.` });
