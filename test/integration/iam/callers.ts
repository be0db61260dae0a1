/** Who calls in the tests of IAM. */
import type { IAM } from '@aws-sdk/client-iam';
import type { RunningApp } from '../../support/app.ts';
import type { Credentials } from '../../support/stowage.ts';

/** The document of a policy that allows actions on everything, or on these resources. */
export const allowing = (action: string | readonly string[], resource: string | readonly string[] = '*'): object => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: action, Resource: resource }],
});

/** A new key of a user. */
export async function makeKey(iam: IAM, UserName: string): Promise<Credentials> {
  const { AccessKey } = await iam.createAccessKey({ UserName });
  if (!AccessKey?.AccessKeyId || !AccessKey.SecretAccessKey) throw new Error('no access key was made');
  return { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };
}

/** Makes a user with a key, and with an inline policy of this document. */
export async function makeUser(iam: IAM, UserName: string, policy?: object): Promise<Credentials> {
  await iam.createUser({ UserName });
  if (policy) await iam.putUserPolicy({ UserName, PolicyName: 'rights', PolicyDocument: JSON.stringify(policy) });
  return await makeKey(iam, UserName);
}

/** Makes another account, and gives the keys of its administrator. */
export async function openAccount(app: RunningApp, account: string): Promise<Credentials> {
  const made = (await app.admin('accounts.create', { account })) as Credentials;
  return { accessKeyId: made.accessKeyId, secretAccessKey: made.secretAccessKey };
}
