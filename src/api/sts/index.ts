import type { STS, STSClient } from '@aws-sdk/client-sts';
import type { Operation } from '../operation.ts';
import { getAccessKeyInfo } from './get-access-key-info.ts';
import { getCallerIdentity } from './get-caller-identity.ts';

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

export const stsOperations = {
  AssumeRole: notBuilt,
  AssumeRoleWithWebIdentity: notBuilt,
  DecodeAuthorizationMessage: notBuilt,
  GetAccessKeyInfo: getAccessKeyInfo,
  GetCallerIdentity: getCallerIdentity,
  GetFederationToken: notBuilt,
  GetSessionToken: notBuilt,
} satisfies Record<StsOperation, Operation<never, unknown> | undefined>;
