/** Who asks in the matrix: what they may do, written down by hand, and how they are made. */
import { SetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { account, region, type RunningApp } from '../../../support/app.ts';
import { iamClient, makeUser, policyOf } from '../../../support/iam.ts';
import type { Credentials } from '../../../support/stowage.ts';

export const names = { shared: 'matrix/shared', closed: 'matrix/closed' } as const;

const pull = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
const upload = [
  'ecr:BatchCheckLayerAvailability',
  'ecr:InitiateLayerUpload',
  'ecr:UploadLayerPart',
  'ecr:CompleteLayerUpload',
];

export interface TemporaryCredentials extends Credentials {
  readonly sessionToken?: string;
}

/** Where the rights are good: in the repository whose policy lets outsiders in, and in the one without a policy. */
export type Rights = Readonly<Record<keyof typeof names, readonly string[] | 'all'>>;

export interface Asker {
  readonly name: string;
  readonly rights: Rights | 'nobody';
  /** The address to come from: that of the VPC endpoint, or another one. */
  readonly from?: string;
  make(app: RunningApp): Promise<TemporaryCredentials | undefined>;
}

const everywhere = (actions: readonly string[]): Rights => ({ shared: actions, closed: actions });
const nowhere: Rights = { shared: [], closed: [] };

/** Requests from here come through an endpoint whose policy only pulls. */
export const endpointAddress = '127.0.0.77';
export const endpointPolicy = policyOf({
  Effect: 'Allow',
  Principal: '*',
  Action: [...pull, 'ecr:GetAuthorizationToken'],
  Resource: '*',
});

const friend = '210987654321';
const lambda = 'lambda.amazonaws.com';
const lambdaArn = `arn:aws:lambda:${region}:${account}:function:app`;

/** What lets another account and a service pull from one of the two repositories. */
const sharedPolicy = policyOf(
  { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${friend}:root` }, Action: pull },
  {
    Effect: 'Allow',
    Principal: { Service: lambda },
    Action: pull,
    Condition: { StringLike: { 'aws:SourceArn': `arn:aws:lambda:*:${account}:*` } },
  },
);

const token = { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' };

async function openAccount(app: RunningApp, id: string): Promise<Credentials> {
  return (await app.admin('accounts.create', { account: id })) as Credentials;
}

async function withIam<T>(app: RunningApp, use: (iam: ReturnType<typeof iamClient>) => Promise<T>): Promise<T> {
  const iam = iamClient(app.url, app.credentials());
  try {
    return await use(iam);
  } finally {
    iam.destroy();
  }
}

async function assumeNarrowed(app: RunningApp): Promise<TemporaryCredentials> {
  const RoleArn = await withIam(app, async (iam) => {
    const trust = policyOf({ Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' });
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName: 'wide', AssumeRolePolicyDocument: trust }));
    const wide = policyOf({ Effect: 'Allow', Action: 'ecr:*', Resource: '*' });
    await iam.send(new PutRolePolicyCommand({ RoleName: 'wide', PolicyName: 'wide', PolicyDocument: wide }));
    return Role?.Arn;
  });
  const sts = new STSClient({ endpoint: app.url, region, credentials: { ...app.credentials() }, maxAttempts: 1 });
  const Policy = policyOf(token, {
    Effect: 'Allow',
    Action: pull,
    Resource: `arn:aws:ecr:*:*:repository/${names.shared}`,
  });
  const { Credentials: made } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'narrow', Policy }));
  sts.destroy();
  return {
    accessKeyId: made?.AccessKeyId ?? '',
    secretAccessKey: made?.SecretAccessKey ?? '',
    sessionToken: made?.SessionToken ?? '',
  };
}

export const askers: readonly Asker[] = [
  { name: 'the administrator', rights: everywhere(['all']), make: async (app) => app.credentials() },
  {
    name: "a user with AWS's pull-only policy",
    rights: everywhere(pull),
    make: (app) =>
      withIam(app, async (iam) => {
        const user = await makeUser(iam, 'puller');
        const PolicyArn = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly';
        await iam.send(new AttachUserPolicyCommand({ UserName: 'puller', PolicyArn }));
        return user;
      }),
  },
  {
    name: 'a user who only pushes',
    rights: everywhere([...upload, 'ecr:PutImage']),
    make: (app) =>
      withIam(app, (iam) =>
        makeUser(iam, 'pusher', token, { Effect: 'Allow', Action: [...upload, 'ecr:PutImage'], Resource: '*' }),
      ),
  },
  {
    name: 'a stranger of the same account',
    rights: nowhere,
    make: (app) => withIam(app, (iam) => makeUser(iam, 'stranger', token)),
  },
  {
    name: 'the administrator of a befriended account',
    rights: { shared: pull, closed: [] },
    make: (app) => openAccount(app, friend),
  },
  { name: 'the administrator of a foreign account', rights: nowhere, make: (app) => openAccount(app, '333333333333') },
  {
    name: 'a session that is narrowed to pull from one repository',
    rights: { shared: pull, closed: [] },
    make: assumeNarrowed,
  },
  {
    name: 'a service with a credential',
    rights: { shared: pull, closed: [] },
    make: async (app) =>
      (await app.admin('service-credentials.create', {
        account,
        service: lambda,
        sourceArn: lambdaArn,
      })) as Credentials,
  },
  {
    name: 'the administrator through an endpoint that only pulls',
    rights: everywhere(pull),
    from: endpointAddress,
    make: async (app) => app.credentials(),
  },
  { name: 'the holder of a deleted key', rights: 'nobody', make: (app) => withIam(app, deletedKey) },
  { name: 'somebody without credentials', rights: 'nobody', make: async () => undefined },
];

/** The key is deleted by {@link forgetKeys}, after its owner has logged in. */
async function deletedKey(iam: ReturnType<typeof iamClient>): Promise<Credentials> {
  await iam.send(new CreateUserCommand({ UserName: 'gone' }));
  await iam.send(
    new AttachUserPolicyCommand({ UserName: 'gone', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }),
  );
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'gone' }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}

export async function forgetKey(app: RunningApp, AccessKeyId: string): Promise<void> {
  await withIam(app, (iam) => iam.send(new DeleteAccessKeyCommand({ UserName: 'gone', AccessKeyId })));
}

/** After the befriended account is there: before, its name would stand for nobody. */
export async function share(app: RunningApp): Promise<void> {
  await app.ecr().send(new SetRepositoryPolicyCommand({ repositoryName: names.shared, policyText: sharedPolicy }));
}

/** What the table says: whether somebody may do any of some actions. */
export function may({ rights }: Asker, repository: keyof typeof names, anyOf: readonly string[]): boolean {
  if (rights === 'nobody') return false;
  const own = rights[repository];
  return own === 'all' || own.includes('all') || anyOf.some((action) => own.includes(action));
}
