/** Services of AWS that pull images, and what stands for them elsewhere: CodeBuild, and the tasks of ECS. */
import { SetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DetachRolePolicyCommand,
  type IAMClient,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRepositories, ecrClient, logIn } from '../../support/aws.ts';
import { startAwsCli, type AwsCli } from '../../support/aws-cli.ts';
import { machine, programThatPrints } from '../../support/binary.ts';
import { missing } from '../../support/engines.ts';
import { iamClient, policyOf } from '../../support/iam.ts';
import { makeImage, seededImage } from '../../support/images.ts';
import { startPlainClient } from '../../support/plain-clients.ts';
import { account, region, startStowage, stowage, type Credentials, type Stowage } from '../../support/stowage.ts';
import type { NamedClient } from '../../support/true-names/named-clients.ts';

const other = '210987654321';
const line = 'a task that was pulled by its execution role';

describe('a credential that acts as a service', () => {
  let server: Stowage;
  let iam: IAMClient;

  beforeAll(async () => {
    server = await startStowage();
    iam = iamClient(server.url, server.credentials);
    const made = await stowage(['accounts', 'create', other, '--data', server.data]);
    expect(made.code, made.stderr).toBe(0);
  });

  afterAll(async () => {
    iam?.destroy();
    await server?.close();
  });

  async function actAs(service: string, sourceArn: string, owner = account): Promise<Credentials> {
    const flags = ['--source-arn', sourceArn, '--account', owner, '--data', server.data, '--json'];
    const { code, stdout, stderr } = await stowage(['accounts', 'service-credential', service, ...flags]);
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as Credentials;
  }

  const passwordOf = async (credentials: Credentials): Promise<string> =>
    (await logIn({ url: server.url, credentials })).password;

  async function setPolicy(repositoryName: string, policyText: string): Promise<void> {
    const ecr = ecrClient(server);
    await ecr.send(new SetRepositoryPolicyCommand({ repositoryName, policyText }));
    ecr.destroy();
  }

  describe.skipIf(missing('skopeo'))('of CodeBuild', () => {
    const codebuild = 'codebuild.amazonaws.com';
    const projectOf = (owner: string, name: string): string => `arn:aws:codebuild:${region}:${owner}:project/${name}`;
    const repository = (): string => `${server.host}/build/image:v1`;
    let skopeo: NamedClient;
    let digest: string;

    beforeAll(async () => {
      await createRepositories(server, 'build/image');
      const Condition = { StringEquals: { 'aws:SourceArn': projectOf(account, 'app'), 'aws:SourceAccount': account } };
      const Action = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
      const Principal = { Service: codebuild };
      await setPolicy(
        'build/image',
        policyOf({ Sid: 'CodeBuildAccess', Effect: 'Allow', Principal, Action, Condition }),
      );
      skopeo = await startPlainClient('skopeo', [server.host]);
      await skopeo.login(server.host, (await logIn(server)).password);
      digest = await skopeo.push(repository(), seededImage('build image', 2));
    });

    afterAll(async () => {
      await skopeo?.close();
    });

    test('pulls for the project that the policy names', async () => {
      const project = await actAs(codebuild, projectOf(account, 'app'));
      await skopeo.login(server.host, await passwordOf(project));
      expect(await skopeo.pull(repository())).toBe(digest);
      await expect(skopeo.push(repository(), seededImage('another'))).rejects.toThrow(
        'because no resource-based policy allows the ecr:InitiateLayerUpload action',
      );
    });

    test.each([
      ['another project', codebuild, projectOf(account, 'other')],
      ['another service', 'build.apprunner.amazonaws.com', projectOf(account, 'app')],
    ])('does not pull for %s', async (_, service, sourceArn) => {
      await skopeo.login(server.host, await passwordOf(await actAs(service, sourceArn)));
      await expect(skopeo.pull(repository())).rejects.toThrow(
        `User: ${service} is not authorized to perform: ecr:BatchGetImage`,
      );
    });

    test.skipIf(missing('aws'))('does not pull for the same project of another account', async () => {
      const aws = await startAwsCli(server);
      const ask = ['ecr', 'batch-get-image', '--registry-id', account, '--repository-name', 'build/image'];
      const get = [...ask, '--image-ids', 'imageTag=v1'];
      expect(await aws.ok(get, await actAs(codebuild, projectOf(account, 'app')))).toMatchObject({
        images: [{ imageId: { imageDigest: digest } }],
      });
      const theirs = await actAs(codebuild, projectOf(other, 'app'), other);
      expect(await aws.refused(get, theirs)).toContain(
        '(AccessDeniedException) when calling the BatchGetImage operation: ',
      );
      await aws.close();
    });

    test('is not to be had for what lies in another account', async () => {
      const flags = ['--source-arn', projectOf(other, 'app'), '--account', account, '--data', server.data];
      const { code, stderr } = await stowage(['accounts', 'service-credential', codebuild, ...flags]);
      expect(code).not.toBe(0);
      expect(stderr).toContain(account);
    });
  });

  describe.skipIf(missing('docker') ?? missing('aws'))('of the tasks of ECS', () => {
    const RoleName = 'ecsTaskExecutionRole';
    const roleArn = `arn:aws:iam::${account}:role/${RoleName}`;
    const PolicyArn = 'arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy';
    const task = `arn:aws:ecs:${region}:${account}:task/main/0123456789abcdef0123456789abcdef`;
    const AssumeRolePolicyDocument = policyOf({
      ...{ Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' },
      Condition: { ArnLike: { 'aws:SourceArn': `arn:aws:ecs:${region}:${account}:*` } },
    });
    let docker: NamedClient;
    let aws: AwsCli;

    beforeAll(async () => {
      await createRepositories(server, 'tasks/web');
      docker = await startPlainClient('docker', [server.host]);
      aws = await startAwsCli(server);
      await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
      await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    });

    afterAll(async () => {
      await docker?.close();
      await aws?.close();
    });

    const assume = ['sts', 'assume-role', '--role-arn', roleArn, '--role-session-name', 'task-0123'];

    test('assumes the execution role, with which docker pulls and runs', async () => {
      const reference = `${server.host}/tasks/web:v1`;
      const layers = [[{ name: 'web', content: programThatPrints(line, machine()), mode: 0o755 }]];
      await docker.login(server.host, (await logIn(server)).password);
      const image = makeImage({ layers, command: ['/web'], architecture: machine() });
      const digest = await docker.push(reference, image);

      const agent = await actAs('ecs-tasks.amazonaws.com', task);
      const said = await aws.ok<{ AssumedRoleUser: object; Credentials: Record<string, string> }>(assume, agent);
      expect(said.AssumedRoleUser).toMatchObject({
        Arn: `arn:aws:sts::${account}:assumed-role/${RoleName}/task-0123`,
      });
      const session = {
        accessKeyId: said.Credentials['AccessKeyId'] ?? '',
        secretAccessKey: said.Credentials['SecretAccessKey'] ?? '',
        sessionToken: said.Credentials['SessionToken'] ?? '',
      };
      const { stdout } = await aws.run(['ecr', 'get-login-password'], session);
      await docker.login(server.host, stdout.trim());
      expect(await docker.pull(reference)).toBe(digest);
      expect(await docker.runImage?.(reference)).toBe(`${line}\n`);
      await expect(docker.push(`${server.host}/tasks/web:v2`, seededImage('no task pushes'))).rejects.toThrow(
        `User: arn:aws:sts::${account}:assumed-role/${RoleName}/task-0123 is not authorized to perform: ecr:InitiateLayerUpload`,
      );

      // the role is gone, and the login with it
      await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
      await expect(docker.pull(reference)).rejects.toThrow('because no identity-based policy allows');
      await iam.send(new DeleteRoleCommand({ RoleName }));
      await expect(docker.pull(reference)).rejects.toThrow(/unauthorized|no basic auth credentials/i);
    });

    test('does not assume it as another service, or for something else', async () => {
      await iam.send(new CreateRoleCommand({ RoleName: 'guarded', AssumeRolePolicyDocument }));
      const guarded = assume.with(3, `arn:aws:iam::${account}:role/guarded`);
      await aws.ok(guarded, await actAs('ecs-tasks.amazonaws.com', task));
      const batch = `arn:aws:batch:${region}:${account}:job/0123`;
      for (const credentials of [
        await actAs('lambda.amazonaws.com', task),
        await actAs('ecs-tasks.amazonaws.com', batch),
      ])
        expect(await aws.refused(guarded, credentials)).toContain(
          '(AccessDenied) when calling the AssumeRole operation',
        );
    });
  });
});
