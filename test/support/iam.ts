/** Users, keys and policies made through the IAM API, for tests that are about what they may do. */
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { region, type Credentials } from './stowage.ts';

/** A client of IAM at an address. */
export function iamClient(url: string, credentials: Credentials): IAMClient {
  return new IAMClient({ endpoint: url, region, credentials: { ...credentials }, maxAttempts: 1 });
}

export const policyOf = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });

export interface MadeUser extends Credentials {
  readonly arn: string;
  /** `AIDA…` */
  readonly id: string;
}

/** A user with one inline policy of the given statements, and a key. */
export async function makeUser(iam: IAMClient, UserName: string, ...statements: readonly object[]): Promise<MadeUser> {
  const { User } = await iam.send(new CreateUserCommand({ UserName }));
  if (statements.length > 0) await putUserPolicy(iam, UserName, ...statements);
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return {
    arn: User?.Arn ?? '',
    id: User?.UserId ?? '',
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  };
}

/** Gives a user the inline policy `own` in place of the one it had. */
export async function putUserPolicy(iam: IAMClient, UserName: string, ...statements: readonly object[]): Promise<void> {
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument: policyOf(...statements) }));
}
