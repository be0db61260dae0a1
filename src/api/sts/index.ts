import type { STS, STSClient } from '@aws-sdk/client-sts';
import { later, type Operation } from '../operation.ts';

/** Operations of STS that Stowage knows of (models/sts.json); the others of the service are unknown here. */
export type StsOperation = Extract<
  Capitalize<Exclude<keyof STS, keyof STSClient>>,
  | 'AssumeRole'
  | 'AssumeRoleWithWebIdentity'
  | 'DecodeAuthorizationMessage'
  | 'GetAccessKeyInfo'
  | 'GetCallerIdentity'
  | 'GetFederationToken'
  | 'GetSessionToken'
>;

const notBuilt = undefined;

/** Each file is loaded when its operation is first called: a start needs none of them. */
export const stsOperations = {
  AssumeRole: later(() => import('./assume-role.ts')),
  AssumeRoleWithWebIdentity: notBuilt,
  DecodeAuthorizationMessage: later(() => import('./decode-authorization-message.ts')),
  GetAccessKeyInfo: later(() => import('./get-access-key-info.ts')),
  GetCallerIdentity: later(() => import('./get-caller-identity.ts')),
  GetFederationToken: later(() => import('./get-federation-token.ts')),
  GetSessionToken: later(() => import('./get-session-token.ts')),
} satisfies Record<StsOperation, Operation<never, unknown> | undefined>;
