/** Roles and temporary credentials made through the APIs, for tests that are about what they may do. */
import type { IAM } from '@aws-sdk/client-iam';
import type { AssumeRoleCommandInput, Credentials as Temporary, STS } from '@aws-sdk/client-sts';
import { policyOf } from './iam.ts';
import { account, type Credentials } from './stowage.ts';

export const roleArnOf = (name: string, of = account): string => `arn:aws:iam::${of}:role/${name}`;

/** A trust policy's statement that lets principals of AWS assume a role, and what goes with it. */
export const trusting = (principal: string | readonly string[], condition?: object): object => ({
  Effect: 'Allow',
  Principal: { AWS: principal },
  Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
  ...(condition === undefined ? {} : { Condition: condition }),
});

export interface NewRole {
  /** Statements of its trust policy; the whole account where there are none. */
  readonly trust?: readonly object[];
  /** Statements of an inline policy `own`. */
  readonly may?: readonly object[];
  readonly maxSession?: number;
  readonly path?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Makes a role; gives its ARN. */
export async function makeRole(iam: IAM, name: string, role: NewRole = {}): Promise<string> {
  const { trust = [trusting(account)], may = [], maxSession, path, tags = {} } = role;
  const { Role } = await iam.createRole({
    RoleName: name,
    AssumeRolePolicyDocument: policyOf(...trust),
    MaxSessionDuration: maxSession,
    Path: path,
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  });
  if (may.length > 0) await iam.putRolePolicy({ RoleName: name, PolicyName: 'own', PolicyDocument: policyOf(...may) });
  return Role?.Arn ?? '';
}

/** Temporary credentials as clients take them. */
export const keysOf = (given: Temporary | undefined): Credentials => ({
  accessKeyId: given?.AccessKeyId ?? '',
  secretAccessKey: given?.SecretAccessKey ?? '',
  sessionToken: given?.SessionToken ?? '',
});

/** Assumes a role under the session name `work`. */
export async function assume(
  sts: STS,
  RoleArn: string,
  more: Partial<AssumeRoleCommandInput> = {},
): Promise<Credentials> {
  const { Credentials: given } = await sts.assumeRole({ RoleArn, RoleSessionName: 'work', ...more });
  return keysOf(given);
}
