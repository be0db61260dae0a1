/** What a push needs, as the guide of ECR lists it, and what a client shows where one of these permissions is missing. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AttachUserPolicyCommand } from '@aws-sdk/client-iam';
import { createRepositories } from '../../support/aws.ts';
import { startAwsCli, type AwsCli } from '../../support/aws-cli.ts';
import { missing } from '../../support/engines.ts';
import { iamClient, makeUser, type MadeUser } from '../../support/iam.ts';
import { seededImage } from '../../support/images.ts';
import { startPlainClient } from '../../support/plain-clients.ts';
import type { NamedClient } from '../../support/true-names/named-clients.ts';
import { account, region, startStowage, type Stowage } from '../../support/stowage.ts';

const repository = `arn:aws:ecr:${region}:${account}:repository/team/app`;
const pushing = [
  'ecr:BatchCheckLayerAvailability',
  'ecr:InitiateLayerUpload',
  'ecr:UploadLayerPart',
  'ecr:CompleteLayerUpload',
  'ecr:PutImage',
] as const;
const login = { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' };
const allow = (actions: readonly string[]): object => ({ Effect: 'Allow', Action: actions, Resource: repository });

/** What is allowed to `user` only, in AWS's words. */
const because = (user: MadeUser, action: string, resource: string = repository): string =>
  `User: ${user.arn} is not authorized to perform: ${action} on resource: ${resource} ` +
  `because no identity-based policy allows the ${action} action`;

describe.skipIf(missing('aws'))('a user who pushes', () => {
  let server: Stowage;
  let aws: AwsCli;
  const users = new Map<string, MadeUser>();
  const user = (name: string): MadeUser => users.get(name) ?? expect.unreachable(name);

  beforeAll(async () => {
    server = await startStowage();
    aws = await startAwsCli(server);
    await createRepositories(server, 'team/app', 'team/other');
    const iam = iamClient(server.url, server.credentials);
    const make = async (name: string, ...statements: object[]): Promise<void> =>
      void users.set(name, await makeUser(iam, name, ...statements));
    await make('pusher', login, allow(pushing));
    await make('without-login', allow(pushing));
    for (const action of pushing)
      await make(`without-${action.slice(4)}`, login, allow(pushing.filter((one) => one !== action)));
    await make('puller');
    const PolicyArn = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly';
    await iam.send(new AttachUserPolicyCommand({ UserName: 'puller', PolicyArn }));
    iam.destroy();
  });

  afterAll(async () => {
    await aws?.close();
    await server?.close();
  });

  const password = async (name: string): Promise<string> =>
    (await aws.run(['ecr', 'get-login-password'], user(name))).stdout.trim();

  test('gets no password without ecr:GetAuthorizationToken', async () => {
    const said = await aws.refused(['ecr', 'get-login-password'], user('without-login'));
    const why = because(user('without-login'), 'ecr:GetAuthorizationToken', '*');
    expect(said).toContain(`(AccessDeniedException) when calling the GetAuthorizationToken operation: ${why}`);
  });

  describe.each(['docker', 'skopeo'] as const)('with %s', (name) => {
    let client: NamedClient;

    beforeAll(async () => {
      if (missing(name) === undefined) client = await startPlainClient(name, [server.host]);
    });

    afterAll(async () => {
      await client?.close();
    });

    test.skipIf(missing(name)).each(pushing)('X %s', async (action) => {
      const who = `without-${action.slice(4)}`;
      await client.login(server.host, await password(who));
      const r = await client.push(`${server.host}/team/app:${who.toLowerCase()}`, seededImage(`${name} ${who}`)).then(String, (e: Error) => e.message);
      console.log(name, action, r);
    });
  });
});
