/** Every operation of STS that is built, called so that each member of its answer comes. */
import type { IAM } from '@aws-sdk/client-iam';
import { STS } from '@aws-sdk/client-sts';
import { policyOf } from '../iam.ts';
import { makeRole, trusting } from '../sessions.ts';
import { account, region, type Credentials } from '../stowage.ts';

interface Walked {
  readonly url: string;
  readonly credentials: Credentials;
}

const narrow = policyOf({ Effect: 'Allow', Action: 'ecr:ListImages', Resource: '*' });
const Tags = [{ Key: 'team', Value: 'blue' }];

export async function walkSts(sts: STS, iam: IAM, server: Walked): Promise<void> {
  await sts.getCallerIdentity({});
  await sts.getAccessKeyInfo({ AccessKeyId: server.credentials.accessKeyId });
  await sts.getSessionToken({ DurationSeconds: 900 });
  await sts.getFederationToken({ Name: 'guest' });
  await sts.getFederationToken({ Name: 'guest', Policy: narrow, Tags, DurationSeconds: 900 });
  const RoleArn = await makeRole(iam, 'sts-walk', { trust: [trusting(account)], path: '/walk/' });
  await sts.assumeRole({ RoleArn, RoleSessionName: 'plain' });
  await sts.assumeRole({
    RoleArn,
    RoleSessionName: 'all',
    Policy: narrow,
    PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }],
    Tags,
    TransitiveTagKeys: ['team'],
    ExternalId: 'the-id',
    SourceIdentity: 'ada',
    DurationSeconds: 900,
  });
  await iam.deleteRole({ RoleName: 'sts-walk' });
  await sts.decodeAuthorizationMessage({ EncodedMessage: await denialOf(server, RoleArn) });
}

/** The message of a denial, met by a client whose answers are not part of the walk. */
async function denialOf({ url, credentials }: Walked, RoleArn: string): Promise<string> {
  const sts = new STS({ endpoint: url, region, credentials: { ...credentials }, maxAttempts: 1 });
  try {
    await sts.assumeRole({ RoleArn, RoleSessionName: 'denied' });
  } catch (error) {
    const { $response } = error as { $response?: { headers: Record<string, string> } };
    return $response?.headers['x-stowage-authorization-message'] ?? '';
  } finally {
    sts.destroy();
  }
  throw new Error('a role that is gone could be assumed');
}
