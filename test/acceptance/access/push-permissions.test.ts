/** What a push needs, as the guide of ECR lists it, and what a client shows where one of these permissions is missing. */
import { AttachUserPolicyCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRepositories, logIn } from '../../support/aws.ts';
import { startAwsCli, type AwsCli } from '../../support/aws-cli.ts';
import { missing } from '../../support/engines.ts';
import { iamClient, makeUser, type MadeUser } from '../../support/iam.ts';
import { digestOf, seededImage } from '../../support/images.ts';
import { startPlainClient } from '../../support/plain-clients.ts';
import { account, region, startStowage, type Stowage } from '../../support/stowage.ts';
import type { NamedClient } from '../../support/true-names/named-clients.ts';

const repository = `arn:aws:ecr:${region}:${account}:repository/team/app`;
const check = 'ecr:BatchCheckLayerAvailability';
/** What a client asks for with a request that is answered with words. */
const told = ['ecr:InitiateLayerUpload', 'ecr:UploadLayerPart', 'ecr:CompleteLayerUpload', 'ecr:PutImage'] as const;
const pushing: readonly string[] = [check, ...told];

const login = { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' };
const onRepository = (actions: readonly string[]): object => ({
  Effect: 'Allow',
  Action: actions,
  Resource: repository,
});
const nameWithout = (action: string): string => `without-${action.slice('ecr:'.length)}`;

const denial = ({ arn }: MadeUser, action: string, resource: string = repository): string =>
  `User: ${arn} is not authorized to perform: ${action} on resource: ${resource} ` +
  `because no identity-based policy allows the ${action} action`;

describe('who pushes', () => {
  let server: Stowage;
  const users = new Map<string, MadeUser>();
  const userOf = (name: string): MadeUser => users.get(name) ?? expect.unreachable(`no user ${name}`);

  beforeAll(async () => {
    server = await startStowage();
    await createRepositories(server, 'team/app', 'team/other');
    const iam = iamClient(server.url, server.credentials);
    const make = async (name: string, ...statements: object[]): Promise<void> =>
      void users.set(name, await makeUser(iam, name, ...statements));
    await make('pusher', login, onRepository(pushing));
    await make(nameWithout(login.Action), onRepository(pushing));
    for (const action of pushing)
      await make(nameWithout(action), login, onRepository(pushing.filter((one) => one !== action)));
    await make('puller');
    const PolicyArn = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly';
    await iam.send(new AttachUserPolicyCommand({ UserName: 'puller', PolicyArn }));
    iam.destroy();
  });

  afterAll(async () => {
    await server?.close();
  });

  describe.skipIf(missing('aws'))('is told by the AWS CLI', () => {
    let aws: AwsCli;

    beforeAll(async () => {
      aws = await startAwsCli(server);
    });

    afterAll(async () => {
      await aws?.close();
    });

    test('that there is no password without ecr:GetAuthorizationToken', async () => {
      const user = userOf(nameWithout(login.Action));
      const said = await aws.refused(['ecr', 'get-login-password'], user);
      expect(said).toContain('(AccessDeniedException) when calling the GetAuthorizationToken operation: ');
      expect(said).toContain(denial(user, 'ecr:GetAuthorizationToken', '*'));
    });

    test('what a refusal without words was about: its message can be decoded', async () => {
      const user = userOf(nameWithout(check));
      const { authorization } = await logIn({ url: server.url, credentials: user });
      const path = `${server.url}/v2/team/app/blobs/${digestOf('nobody has this')}`;
      const refused = await fetch(path, { method: 'HEAD', headers: { authorization } });
      expect(refused.status).toBe(403);
      const message = refused.headers.get('x-stowage-authorization-message') ?? '';
      const { DecodedMessage } = await aws.ok<{ DecodedMessage: string }>([
        ...['sts', 'decode-authorization-message', '--encoded-message', message],
      ]);
      expect(JSON.parse(DecodedMessage)).toMatchObject({
        allowed: false,
        context: { action: check, resource: repository, principal: { arn: user.arn } },
      });
    });
  });

  describe.each(['docker', 'skopeo'] as const)('with %s', (name) => {
    let client: NamedClient;

    beforeAll(async () => {
      if (missing(name) === undefined) client = await startPlainClient(name, [server.host]);
    });

    afterAll(async () => {
      await client?.close();
    });

    const logInAs = async (user: MadeUser): Promise<void> =>
      await client.login(server.host, (await logIn({ url: server.url, credentials: user })).password);
    const push = async (tag: string, repositoryName = 'team/app'): Promise<string> =>
      await client.push(`${server.host}/${repositoryName}:${tag}`, seededImage(`${name} ${tag}`));

    test.skipIf(missing(name))('needs the six permissions and no other, and has them for one repository', async () => {
      await logInAs(userOf('pusher'));
      expect(await push(name)).toMatch(/^sha256:[0-9a-f]{64}$/);
      await expect(push('v1', 'team/other')).rejects.toThrow(/ecr:InitiateLayerUpload|403 \(Forbidden\)/);
      await expect(client.pull(`${server.host}/team/app:${name}`)).rejects.toThrow(
        /is not authorized to perform: ecr:BatchGetImage|403 \(Forbidden\)/,
      );
    });

    test.skipIf(missing(name))('pulls with the policy for pulling alone, and is told why not to push', async () => {
      const image = seededImage('to pull');
      await client.login(server.host, (await logIn(server)).password);
      const digest = await client.push(`${server.host}/team/app:pulled`, image);
      await logInAs(userOf('puller'));
      expect(await client.pull(`${server.host}/team/app:pulled`)).toBe(digest);
      expect(await client.pull(`${server.host}/team/app@${digest}`)).toBe(digest);
      // a layer may be asked for by who may download it, so it is the upload that is refused
      await expect(push('v2')).rejects.toThrow(denial(userOf('puller'), 'ecr:InitiateLayerUpload'));
    });

    test.skipIf(missing(name))(`fails without ${check}, and has no words for it, as at AWS`, async () => {
      await logInAs(userOf(nameWithout(check)));
      // the answer to HEAD has no body
      await expect(push('unchecked')).rejects.toThrow(
        name === 'docker' ? 'error parsing HTTP 403 response body' : '403 (Forbidden)',
      );
    });

    test.skipIf(missing(name)).each(told)('shows that %s is missing', async (action) => {
      const user = userOf(nameWithout(action));
      await logInAs(user);
      await expect(push(nameWithout(action).toLowerCase())).rejects.toThrow(`denied: ${denial(user, action)}`);
    });
  });
});
