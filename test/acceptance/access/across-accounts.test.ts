/**
 * An account that lets others in, on AWS's own names: users, roles and services of one account at the registry of another,
 * with the policies that AWS's guides give for it.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateRepositoryCommand, SetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import { IAM } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missing } from '../../support/engines.ts';
import { temporaryFolder, type Folder } from '../../support/folders.ts';
import { makeUser, policyOf, type MadeUser } from '../../support/iam.ts';
import { seededImage } from '../../support/images.ts';
import type { Outcome } from '../../support/process.ts';
import { region, stowage, type Credentials } from '../../support/stowage.ts';
import { startClient, type NamedClient } from '../../support/true-names/named-clients.ts';
import { accounts, hostOf, startTrueNames, type TrueNames } from '../../support/true-names/site.ts';

const [ours, theirs] = accounts;
const here = { account: ours, region };
const host = hostOf(here);
const pulling = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
const image = seededImage('across accounts', 2, 30_000);

/** The sample of ECR's guide for pulls by another account. */
const crossAccountPull = policyOf({
  ...{ Sid: 'AllowCrossAccountPull', Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${theirs}:root` } },
  Action: pulling,
});

/** The sample of ECR's guide for pushes by another account. */
const crossAccountPush = policyOf({
  ...{ Sid: 'AllowCrossAccountPush', Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${theirs}:root` } },
  Action: [
    ...['ecr:BatchCheckLayerAvailability', 'ecr:CompleteLayerUpload', 'ecr:InitiateLayerUpload', 'ecr:PutImage'],
    'ecr:UploadLayerPart',
  ],
});

/** The sample of Lambda's guide for functions of another account. */
const crossAccountLambda = policyOf(
  {
    ...{ Sid: 'CrossAccountPermission', Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${theirs}:root` } },
    Action: pulling,
  },
  {
    ...{ Sid: 'LambdaECRImageCrossAccountRetrievalPolicy', Effect: 'Allow' },
    ...{ Principal: { Service: 'lambda.amazonaws.com' }, Action: pulling },
    Condition: { StringLike: { 'aws:sourceARN': `arn:aws:lambda:${region}:${theirs}:function:*` } },
  },
);

describe.skipIf(missing('namespace') ?? missing('aws'))('the registry of another account', () => {
  let site: TrueNames;
  const iams: IAM[] = [];

  beforeAll(async () => {
    site = await startTrueNames([region]);
  });

  afterAll(async () => {
    for (const iam of iams) iam.destroy();
    await site?.close();
  });

  function iamOf(account: (typeof accounts)[number]): IAM {
    const iam = new IAM({
      ...{ region: 'us-east-1', endpoint: 'https://iam.amazonaws.com', maxAttempts: 1 },
      ...{ credentials: { ...site.credentials[account] }, requestHandler: { httpsAgent: site.agent } },
    });
    iams.push(iam);
    return iam;
  }

  /** Runs the AWS CLI inside; it finds every endpoint by its name. */
  async function aws(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
    return await site.namespace.run('aws', [...args, '--output', 'json'], { env: { ...site.awsEnv(here), ...env } });
  }

  async function makeRepository(repositoryName: string, policyText?: string): Promise<void> {
    const ecr = site.ecr(here);
    await ecr.send(new CreateRepositoryCommand({ repositoryName }));
    if (policyText !== undefined) await ecr.send(new SetRepositoryPolicyCommand({ repositoryName, policyText }));
  }

  async function serviceCredential(account: string, service: string, sourceArn: string): Promise<Credentials> {
    const flags = ['--source-arn', sourceArn, '--account', account, '--data', site.data, '--json'];
    const { code, stdout, stderr } = await stowage(['accounts', 'service-credential', service, ...flags]);
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as Credentials;
  }

  async function makeGuest(UserName: string): Promise<MadeUser> {
    const iam = iamOf(theirs);
    const guest = await makeUser(iam, UserName);
    const PolicyArn = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser';
    await iam.attachUserPolicy({ UserName, PolicyArn });
    return guest;
  }

  const at = (repository: string, tag = 'v1'): string => `${host}/${repository}:${tag}`;

  async function pushed(client: NamedClient, repository: string, policyText?: string): Promise<string> {
    await makeRepository(repository, policyText);
    await client.login(host, await site.password(here));
    return await client.push(at(repository), image);
  }

  describe.each(['docker', 'skopeo'] as const)('to %s of a user', (name) => {
    let client: NamedClient;
    let guest: MadeUser;

    beforeAll(async () => {
      if (missing(name) !== undefined) return;
      client = await startClient(name, { commands: site.namespace, env: site.awsEnv(here) });
      guest = await makeGuest(`guest-${name}`);
    });

    afterAll(async () => {
      await client?.close();
    });

    test.skipIf(missing(name))('is closed, and open to pulls with the policy of the guide', async () => {
      const repository = `shared/${name}`;
      const digest = await pushed(client, repository);
      await client.login(host, await site.password(here, guest));
      await expect(client.pull(at(repository))).rejects.toThrow(
        `User: ${guest.arn} is not authorized to perform: ecr:BatchGetImage on resource: ` +
          `arn:aws:ecr:${region}:${ours}:repository/${repository} ` +
          'because no resource-based policy allows the ecr:BatchGetImage action',
      );
      const set = ['ecr', 'set-repository-policy', '--repository-name', repository, '--policy-text', crossAccountPull];
      expect(await aws(set)).toMatchObject({ code: 0 });
      expect(await client.pull(at(repository))).toBe(digest);
      await expect(client.push(at(repository, 'v2'), seededImage('not let in'))).rejects.toThrow(
        /ecr:InitiateLayerUpload|403 \(Forbidden\)/,
      );
    });

    test.skipIf(missing(name))('takes pushes with the policy for pushes', async () => {
      const repository = `given/${name}`;
      await makeRepository(repository, crossAccountPush);
      await client.login(host, await site.password(here, guest));
      const digest = await client.push(at(repository), image);
      await client.login(host, await site.password(here));
      expect(await client.pull(at(repository))).toBe(digest);
    });
  });

  describe.skipIf(missing('skopeo'))('to Lambda', () => {
    let client: NamedClient;
    const lambda = 'lambda.amazonaws.com';
    const functionOf = (account: string): string => `arn:aws:lambda:${region}:${account}:function:thumbnails`;

    beforeAll(async () => {
      client = await startClient('skopeo', { commands: site.namespace, env: site.awsEnv(here) });
    });

    afterAll(async () => {
      await client?.close();
    });

    const logInFor = async (account: string, sourceArn: string): Promise<void> =>
      await client.login(host, await site.password(here, await serviceCredential(account, lambda, sourceArn)));

    test('serves the functions that the policy of its guide names, and no others', async () => {
      const digest = await pushed(client, 'lambda', crossAccountLambda);
      await logInFor(theirs, functionOf(theirs));
      expect(await client.pull(at('lambda'))).toBe(digest);
      await logInFor(theirs, `arn:aws:lambda:${region}:${theirs}:layer:fonts`);
      await expect(client.pull(at('lambda'))).rejects.toThrow(
        'because no resource-based policy allows the ecr:BatchGetImage action',
      );
    });

    test('is not opened by a policy that binds it to nobody, but to its own functions', async () => {
      const policy = policyOf({
        ...{ Sid: 'LambdaECRImageRetrievalPolicy', Effect: 'Allow', Principal: { Service: lambda } },
        Action: pulling,
      });
      const digest = await pushed(client, 'unbound', policy);
      await logInFor(ours, functionOf(ours));
      expect(await client.pull(at('unbound'))).toBe(digest);
      await logInFor(theirs, functionOf(theirs));
      await expect(client.pull(at('unbound'))).rejects.toThrow('because no resource-based policy allows');
    });
  });

  test('knows its users by the name of IAM, which has no region', async () => {
    const { stdout, stderr } = await aws(['iam', 'get-user']);
    expect(JSON.parse(stdout), stderr).toMatchObject({ User: { Arn: `arn:aws:iam::${ours}:user/admin` } });
  });

  describe('through a role', () => {
    let home: Folder;
    let caller: MadeUser;
    let client: NamedClient;
    const roleArn = `arn:aws:iam::${ours}:role/service/deploy`;

    beforeAll(async () => {
      home = temporaryFolder('home');
      caller = await makeUser(iamOf(theirs), 'ci', { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: roleArn });
      const iam = iamOf(ours);
      const AssumeRolePolicyDocument = policyOf({
        ...{ Effect: 'Allow', Principal: { AWS: caller.arn }, Action: 'sts:AssumeRole' },
        Condition: { StringEquals: { 'sts:ExternalId': 'between-us' } },
      });
      await iam.createRole({ RoleName: 'deploy', Path: '/service/', AssumeRolePolicyDocument });
      const PolicyArn = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser';
      await iam.attachRolePolicy({ RoleName: 'deploy', PolicyArn });
      await makeRepository('deployed');
      writeProfiles();
      if (missing('skopeo') === undefined)
        client = await startClient('skopeo', { commands: site.namespace, env: profileEnv('deploy') });
    });

    afterAll(async () => {
      await client?.close();
      home?.remove();
    });

    function writeProfiles(): void {
      const lines = [
        '[profile ci]',
        `aws_access_key_id = ${caller.accessKeyId}`,
        `aws_secret_access_key = ${caller.secretAccessKey}`,
        ...['[profile deploy]', `role_arn = ${roleArn}`, 'source_profile = ci', 'role_session_name = build-7'],
        'external_id = between-us',
        ...['[profile stranger]', `role_arn = ${roleArn}`, 'source_profile = ci', 'external_id = guessed'],
      ];
      mkdirSync(join(home.path, '.aws'));
      writeFileSync(join(home.path, '.aws', 'config'), `${lines.join('\n')}\n`);
    }

    function profileEnv(profile: string): NodeJS.ProcessEnv {
      const { AWS_ACCESS_KEY_ID: _id, AWS_SECRET_ACCESS_KEY: _secret, ...rest } = site.awsEnv(here);
      return { ...rest, HOME: home.path, AWS_PROFILE: profile, AWS_STS_REGIONAL_ENDPOINTS: 'regional' };
    }

    const awsAs = async (profile: string, ...args: string[]): Promise<Outcome> =>
      await site.namespace.run('aws', [...args, '--output', 'json'], { env: profileEnv(profile) });

    test('a profile of the AWS CLI assumes it', async () => {
      const { stdout, stderr } = await awsAs('deploy', 'sts', 'get-caller-identity');
      expect(JSON.parse(stdout), stderr).toEqual({
        UserId: expect.stringMatching(/^AROA[A-Z0-9]{16,}:build-7$/),
        Account: ours,
        Arn: `arn:aws:sts::${ours}:assumed-role/deploy/build-7`,
      });
    });

    test('not with another external id', async () => {
      const { code, stderr } = await awsAs('stranger', 'sts', 'get-caller-identity');
      expect(code).not.toBe(0);
      expect(stderr).toContain('(AccessDenied) when calling the AssumeRole operation');
      expect(stderr).toContain(
        `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
      );
    });

    test.skipIf(missing('skopeo'))('whose login pushes and pulls, for longer than the session', async () => {
      await client.login(host, (await awsAs('deploy', 'ecr', 'get-login-password')).stdout.trim());
      const digest = await client.push(`${host}/deployed:v1`, image);
      expect(await client.pull(`${host}/deployed@${digest}`)).toBe(digest);

      const assume = ['sts', 'assume-role', '--role-arn', roleArn, '--role-session-name', 'short'];
      const more = ['--external-id', 'between-us', '--duration-seconds', '900'];
      const { stdout } = await awsAs('ci', ...assume, ...more);
      const { Credentials: session } = JSON.parse(stdout) as { Credentials: Record<string, string> };
      const env = {
        AWS_ACCESS_KEY_ID: session['AccessKeyId'],
        AWS_SECRET_ACCESS_KEY: session['SecretAccessKey'],
        AWS_SESSION_TOKEN: session['SessionToken'],
      };
      const answer = JSON.parse((await aws(['ecr', 'get-authorization-token'], env)).stdout) as {
        authorizationData: { expiresAt: string | number }[];
      };
      // seconds or a date, as the CLI is set
      const { expiresAt = 0 } = answer.authorizationData[0] ?? {};
      const end = typeof expiresAt === 'number' ? expiresAt * 1000 : Date.parse(expiresAt);
      expect(end - Date.parse(session['Expiration'] ?? '')).toBeGreaterThan(11 * 60 * 60 * 1000);
    });

    test.skipIf(missing('skopeo') ?? missing('helper'))('the credential helper for ECR assumes it too', async () => {
      client.useHelper?.(host);
      expect(await client.push(`${host}/deployed:helped`, image)).toBe(image.digest);
    });
  });
});
