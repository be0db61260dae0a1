import type { Unreached } from './unreached-errors.ts';

/** Errors of the operations of STS that the model declares and that cannot occur. */
export const unreachedStsErrors: readonly Unreached[] = [
  {
    service: 'sts',
    error: 'ExpiredTokenException',
    operations: ['AssumeRole'],
    reason:
      'It is said of tokens of identity providers, and AssumeRole takes none. Temporary credentials that have ended are ExpiredToken, around every operation.',
  },
  {
    service: 'sts',
    error: 'RegionDisabledException',
    operations: ['AssumeRole', 'GetFederationToken', 'GetSessionToken'],
    reason: 'No region can be switched off.',
  },
];
