import { execPath } from 'node:process';
import { CreateRepositoryCommand, DescribeImagesCommand, type DescribeImagesResponse } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { machine, programThatPrints } from '../support/binary.ts';
import { missing } from '../support/engines.ts';
import { makeImage, seededBytes, type Image } from '../support/images.ts';
import { startClient, type ClientName, type NamedClient } from '../support/true-names/named-clients.ts';
import { checkout } from '../support/stowage.ts';
import { accounts, hostOf, startTrueNames, type NamedRegistry, type TrueNames } from '../support/true-names/site.ts';

const regions = ['eu-central-1', 'us-west-2'] as const;

const home: NamedRegistry = { account: accounts[0], region: regions[0] };
const away: NamedRegistry = { account: accounts[1], region: regions[1] };

interface Login {
  readonly ServerURL: string;
  readonly Username: string;
  readonly Secret: string;
}

/** A program that says where it was pushed to, and something to transfer. */
function imageFor(text: string): Image {
  return makeImage({
    layers: [
      [{ name: 'hello', content: programThatPrints(text, machine()), mode: 0o755 }],
      [{ name: 'large.bin', content: seededBytes(text, 1_500_000) }],
    ],
    architecture: machine(),
    command: ['/hello'],
  });
}

describe.skipIf(missing('namespace'))('on the names of AWS, over TLS,', () => {
  let site: TrueNames;

  beforeAll(async () => {
    site = await startTrueNames(regions);
  });

  afterAll(async () => {
    await site?.close();
  });

  describe.each<ClientName>(['docker', 'skopeo', 'podman', 'ctr'])('%s', (name) => {
    let client: NamedClient;

    beforeAll(async () => {
      client = await startClient(name, { commands: site.namespace, env: site.awsEnv(home) });
    });

    afterAll(async () => {
      await client?.close();
    });

    test.skipIf(missing(name)).each([home, away])(
      'logs in to $account in $region, pushes, and pulls by tag and digest',
      async (registry) => {
        const host = hostOf(registry);
        const ecr = site.ecr(registry);
        const repositoryName = `team/${name}`;
        const { repository } = await ecr.send(new CreateRepositoryCommand({ repositoryName }));
        expect(repository?.repositoryUri).toBe(`${host}/${repositoryName}`);
        const text = `${name} found this at ${host}`;

        await client.login(host, await site.password(registry));
        const digest = await client.push(`${host}/${repositoryName}:v1`, imageFor(text));
        const { imageDetails } = await ecr.send(new DescribeImagesCommand({ repositoryName }));
        expect(imageDetails).toMatchObject([{ registryId: registry.account, imageDigest: digest, imageTags: ['v1'] }]);

        for (const reference of [`${host}/${repositoryName}:v1`, `${host}/${repositoryName}@${digest}`]) {
          expect(await client.pull(reference)).toBe(digest);
          if (client.runImage !== undefined) expect(await client.runImage(reference)).toBe(`${text}\n`);
        }
      },
    );

    test.skipIf(missing(name))('enters every region of its account with one login, and no other account', async () => {
      const repositoryName = `one-login/${name}`;
      const password = await site.password(home);
      const region: NamedRegistry = { account: home.account, region: away.region };
      for (const registry of [region, away]) {
        await site.ecr(registry).send(new CreateRepositoryCommand({ repositoryName }));
        await client.login(hostOf(registry), password);
      }
      const digest = await client.push(`${hostOf(region)}/${repositoryName}:v1`, imageFor(`one login of ${name}`));
      const { imageDetails } = await site.ecr(region).send(new DescribeImagesCommand({ repositoryName }));
      expect(imageDetails).toMatchObject([{ registryId: region.account, imageDigest: digest }]);
      // ctr asks with HEAD, whose refusal has no words
      const refused = name === 'ctr' ? '403 Forbidden' : 'is not authorized to perform: ecr:';
      await expect(client.pull(`${hostOf(away)}/${repositoryName}:v1`)).rejects.toThrow(refused);
    });

    // ctr asks no helpers
    if (name === 'ctr') return;
    test.skipIf(missing(name) ?? missing('helper'))(
      'pushes and pulls with the ECR credential helper alone',
      async () => {
        const host = hostOf(home);
        const repositoryName = `helped/${name}`;
        await site.ecr(home).send(new CreateRepositoryCommand({ repositoryName }));
        client.useHelper?.(host);
        const digest = await client.push(`${host}/${repositoryName}:v1`, imageFor(`helped ${name}`));
        expect(await client.pull(`${host}/${repositoryName}@${digest}`)).toBe(digest);
      },
    );
  });

  test.skipIf(missing('helper'))('the credential helper for ECR tells a login for each region', async () => {
    for (const region of regions) {
      const registry = { account: accounts[0], region };
      const helper = { env: site.awsEnv(registry), input: hostOf(registry) };
      const said = JSON.parse(await site.namespace.ok('docker-credential-ecr-login', ['get'], helper)) as Login;
      expect(said).toMatchObject({ ServerURL: hostOf(registry), Username: 'AWS' });
      expect(said.Secret).toMatch(/^[^\s:]{20,200}$/);
    }
  });

  describe.skipIf(missing('aws'))('the AWS CLI', () => {
    test.skipIf(missing('skopeo')).each([home, away])('finds the endpoint of $region by itself', async (registry) => {
      const aws = async (...args: string[]): Promise<string> =>
        await site.namespace.ok('aws', [...args, '--output', 'json'], { env: site.awsEnv(registry) });
      const caller = JSON.parse(await aws('sts', 'get-caller-identity')) as { Account: string };
      expect(caller.Account).toBe(registry.account);
      await aws('ecr', 'create-repository', '--repository-name', 'cli');

      const skopeo = await startClient('skopeo', { commands: site.namespace, env: site.awsEnv(registry) });
      await skopeo.login(hostOf(registry), (await aws('ecr', 'get-login-password')).trim());
      const digest = await skopeo.push(`${hostOf(registry)}/cli:v1`, imageFor('cli'));
      await skopeo.close();
      const said = JSON.parse(
        await aws('ecr', 'describe-images', '--repository-name', 'cli'),
      ) as DescribeImagesResponse;
      expect(said.imageDetails).toMatchObject([{ imageDigest: digest, registryId: registry.account }]);
    });
  });

  test('the SDK finds the endpoint of each region by itself', async () => {
    const program = `
      import { DescribeRegistryCommand, ECRClient } from '@aws-sdk/client-ecr';
      const { registryId } = await new ECRClient().send(new DescribeRegistryCommand());
      console.log(registryId);
    `;
    for (const registry of [home, away]) {
      const env = { ...site.awsEnv(registry), NODE_EXTRA_CA_CERTS: site.ca };
      const args = ['--input-type', 'module', '--eval', program];
      const said = await site.namespace.ok(execPath, args, { env, cwd: checkout });
      expect(said).toBe(`${registry.account}\n`);
    }
  });
});
