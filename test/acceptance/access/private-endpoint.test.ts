/** A registry that is closed to everything but a VPC endpoint, which the YAML file declares; and the way back. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startAwsCli, type AwsCli } from '../../support/aws-cli.ts';
import { missing } from '../../support/engines.ts';
import { temporaryFolder, type Folder } from '../../support/folders.ts';
import { policyOf } from '../../support/iam.ts';
import { seededImage } from '../../support/images.ts';
import { startPlainClient } from '../../support/plain-clients.ts';
import { freePort } from '../../support/process.ts';
import { account, region, startStowage, stowage, type Stowage } from '../../support/stowage.ts';
import type { NamedClient } from '../../support/true-names/named-clients.ts';

const endpoint = 'vpce-0123456789abcdef0';

const configurationFor = (address: string): string => `
endpoints:
  - id: ${endpoint}
    vpc: vpc-0123456789abcdef0
    account: ${account}
    listen: ${address}
    services: [ecr.api, ecr.dkr, sts]
`;

const onlyThroughEndpoint = {
  ...{ Sid: 'OnlyThroughEndpoint', Effect: 'Deny', Principal: '*', Action: 'ecr:*', Resource: '*' },
  Condition: { StringNotEquals: { 'aws:SourceVpce': endpoint } },
};

const put = (...statements: readonly object[]): string[] => [
  ...['ecr', 'put-registry-policy', '--policy-text', policyOf(...statements)],
];

describe.skipIf(missing('aws') ?? missing('skopeo'))('a registry that is closed to all but an endpoint', () => {
  let folder: Folder;
  let server: Stowage;
  /** The same server through the endpoint. */
  let inside: string;
  let awsOutside: AwsCli;
  let awsInside: AwsCli;
  let skopeo: NamedClient;
  const image = seededImage('private', 2, 20_000);

  beforeAll(async () => {
    folder = temporaryFolder('private');
    inside = `127.0.0.1:${await freePort()}`;
    const config = join(folder.path, 'stowage.yaml');
    writeFileSync(config, configurationFor(inside));
    server = await startStowage({ flags: ['--config', config] });
    awsOutside = await startAwsCli(server);
    awsInside = awsOutside.at(`http://${inside}`);
    skopeo = await startPlainClient('skopeo', [server.host, inside]);
    await awsInside.ok(['ecr', 'create-repository', '--repository-name', 'secret']);
  });

  afterAll(async () => {
    await skopeo?.close();
    await awsOutside?.close();
    await server?.close();
    folder?.remove();
  });

  async function logInAt(aws: AwsCli, host: string): Promise<void> {
    const { stdout } = await aws.run(['ecr', 'get-login-password']);
    await skopeo.login(host, stdout.trim());
  }

  test('cannot be closed from outside by mistake', async () => {
    const said = await awsOutside.refused(put(onlyThroughEndpoint));
    expect(said).toContain('(InvalidParameterException) when calling the PutRegistryPolicy operation');
    expect(said).toContain('StowageLockOut');
  });

  test('is closed through it: pushes and pulls go on there', async () => {
    await awsInside.ok(put(onlyThroughEndpoint));
    await logInAt(awsInside, inside);
    expect(await skopeo.push(`${inside}/secret:v1`, image)).toBe(image.digest);
    expect(await skopeo.pull(`${inside}/secret:v1`)).toBe(image.digest);
  });

  test('denies its administrator everything by the other address, with the same login', async () => {
    // a login token is for identity policies alone
    await logInAt(awsOutside, server.host);
    const denial = (action: string): string =>
      `User: arn:aws:iam::${account}:user/admin is not authorized to perform: ${action} on resource: ` +
      `arn:aws:ecr:${region}:${account}:repository/secret with an explicit deny in a resource-based policy`;
    await expect(skopeo.pull(`${server.host}/secret:v1`)).rejects.toThrow(denial('ecr:BatchGetImage'));
    await expect(skopeo.push(`${server.host}/secret:v2`, seededImage('pushed from outside'))).rejects.toThrow('403');
    const list = ['ecr', 'list-images', '--repository-name', 'secret'];
    expect(await awsOutside.refused(list)).toContain(denial('ecr:ListImages'));
    expect(await awsInside.ok(list)).toMatchObject({ imageIds: [{ imageTag: 'v1' }] });
  });

  test('is not served what the endpoint does not serve', async () => {
    expect(await awsInside.refused(['iam', 'list-users'])).toContain(
      `(AccessDenied) when calling the ListUsers operation: User: arn:aws:iam::${account}:user/admin is not authorized ` +
        `to use iam because VPC endpoint ${endpoint} does not serve it`,
    );
    expect(await awsInside.ok(['sts', 'get-caller-identity'])).toMatchObject({ Account: account });
  });

  test('has a way back for the operator, also where everybody is locked out', async () => {
    await awsInside.ok(put({ ...onlyThroughEndpoint, Sid: 'StowageLockOut', Condition: {} }));
    expect(await awsInside.refused(['ecr', 'get-registry-policy'])).toContain('with an explicit deny');
    const place = ['--registry', '--region', region, '--data', server.data];
    const shown = await stowage(['policies', 'show', ...place]);
    expect(JSON.parse(shown.stdout)).toMatchObject({ Statement: [{ Sid: 'StowageLockOut', Effect: 'Deny' }] });
    expect((await stowage(['policies', 'remove', ...place])).stdout).toBe(shown.stdout);
    await logInAt(awsOutside, server.host);
    expect(await skopeo.pull(`${server.host}/secret:v1`)).toBe(image.digest);
  });
});
