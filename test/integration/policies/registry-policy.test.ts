/** Policies of registries: set, shown, removed, and decided with beside those of repositories. */
import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DeleteRegistryPolicyCommand,
  DescribeRegistryCommand,
  DescribeRepositoriesCommand,
  GetRegistryPolicyCommand,
  PutAccountSettingCommand,
  PutRegistryPolicyCommand,
  SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { account, region, startApp, type RunningApp } from '../../support/app.ts';
import { policyOf } from '../../support/iam.ts';
import { seededImage } from '../../support/images.ts';
import type { Credentials } from '../../support/stowage.ts';

const other = '210987654321';

let app: RunningApp;
let theirs: Credentials;

beforeEach(async () => {
  app = await startApp({ repositories: ['app'] });
  theirs = (await app.admin('accounts.create', { account: other })) as Credentials;
});

afterEach(async () => {
  await app.close();
});

const repositories = `arn:aws:ecr:${region}:${account}:repository/*`;
const put = (...statements: readonly object[]) =>
  app.ecr().send(new PutRegistryPolicyCommand({ policyText: policyOf(...statements) }));
const get = () => app.ecr().send(new GetRegistryPolicyCommand({}));
const pull = async (credentials: Credentials): Promise<string | number | undefined> => {
  const imageIds = [{ imageTag: 'v1' }];
  const asked = new BatchGetImageCommand({ registryId: account, repositoryName: 'app', imageIds });
  return await app
    .ecr({ credentials })
    .send(asked)
    .then(
      ({ images }) => images?.length,
      (error: Error) => error.name,
    );
};

describe('a policy of a registry', () => {
  test('is kept in the form that ECR writes, shown, and removed', async () => {
    const missing = {
      name: 'RegistryPolicyNotFoundException',
      message: `Registry policy does not exist in the registry with id '${account}'`,
    };
    await expect(get()).rejects.toMatchObject(missing);
    const statement = {
      Sid: 'a',
      Effect: 'Allow',
      Principal: { AWS: other },
      Action: 'ecr:ReplicateImage',
      Resource: repositories,
    };
    const { policyText, registryId } = await put(statement);
    expect(registryId).toBe(account);
    expect(policyText).toContain('"Version" : "2012-10-17"');
    expect(JSON.parse(policyText ?? '')).toEqual({ Version: '2012-10-17', Statement: [statement] });
    expect((await get()).policyText).toBe(policyText);
    const removed = await app.ecr().send(new DeleteRegistryPolicyCommand({}));
    expect(removed.policyText).toBe(policyText);
    await expect(get()).rejects.toMatchObject(missing);
    await expect(app.ecr().send(new DeleteRegistryPolicyCommand({}))).rejects.toMatchObject(missing);
  });

  test.each([
    ['no JSON', 'x'],
    ['no resource', policyOf({ Effect: 'Allow', Principal: { AWS: other }, Action: 'ecr:CreateRepository' })],
    ['no principal', policyOf({ Effect: 'Allow', Action: 'ecr:CreateRepository', Resource: '*' })],
    [
      'an action of another service',
      policyOf({ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: '*' }),
    ],
    [
      'an unknown user',
      policyOf({
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${account}:user/no` },
        Action: 'ecr:*',
        Resource: '*',
      }),
    ],
  ])('is refused with %s', async (_, policyText) => {
    await expect(app.ecr().send(new PutRegistryPolicyCommand({ policyText }))).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid registry policy provided'",
    });
  });

  test('lets another account in beside the policies of repositories; a deny in either wins', async () => {
    await app.registry.pushImage('app', seededImage('registry policy'), 'v1');
    expect(await pull(theirs)).toBe('AccessDeniedException');
    const allow = { Effect: 'Allow', Principal: { AWS: other }, Action: 'ecr:BatchGetImage', Resource: repositories };
    await put(allow);
    expect(await pull(theirs)).toBe(1);

    const deny = policyOf({ Effect: 'Deny', Principal: { AWS: other }, Action: 'ecr:BatchGetImage' });
    await app.ecr().send(new SetRepositoryPolicyCommand({ repositoryName: 'app', policyText: deny }));
    expect(await pull(theirs)).toBe('AccessDeniedException');

    const open = policyOf({ Effect: 'Allow', Principal: { AWS: other }, Action: 'ecr:BatchGetImage' });
    await app.ecr().send(new SetRepositoryPolicyCommand({ repositoryName: 'app', policyText: open }));
    await put({ ...allow, Effect: 'Deny' });
    expect(await pull(theirs)).toBe('AccessDeniedException');
    await app.ecr().send(new DeleteRegistryPolicyCommand({}));
    expect(await pull(theirs)).toBe(1);
  });

  test('lets another account list, create and describe where it says so', async () => {
    await put({
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${other}:root` },
      Action: ['ecr:DescribeRepositories', 'ecr:CreateRepository'],
      Resource: repositories,
    });
    const client = app.ecr({ credentials: theirs });
    await client.send(new CreateRepositoryCommand({ registryId: account, repositoryName: 'guest' }));
    const listed = await client.send(new DescribeRepositoriesCommand({ registryId: account }));
    expect(listed.repositories?.map((one) => one.repositoryName)).toEqual(['app', 'guest']);
    expect(listed.repositories?.every((one) => one.registryId === account)).toBe(true);
  });

  test('does not open the registry of another region', async () => {
    const elsewhere = 'us-west-2';
    await put({
      Effect: 'Allow',
      Principal: { AWS: other },
      Action: 'ecr:DescribeRepositories',
      Resource: repositories,
    });
    const client = app.ecr({ credentials: theirs, region: elsewhere });
    const asked = client.send(new DescribeRepositoriesCommand({ registryId: account }));
    await expect(asked).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('that would lock its author out is refused with the way to insist, and the operator can take it back', async () => {
    const everybody = { Effect: 'Deny', Principal: '*', Action: 'ecr:*', Resource: '*' };
    await expect(put(everybody)).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining('a statement whose Sid is StowageLockOut'),
    });
    await expect(get()).rejects.toMatchObject({ name: 'RegistryPolicyNotFoundException' });
    await put({ ...everybody, Sid: 'StowageLockOut' });
    await expect(get()).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(app.ecr().send(new DescribeRegistryCommand({}))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    // a login token is for identity policies alone
    expect(await app.logIn()).toContain('Basic ');
    await app.admin('policies.remove', { region });
    await expect(get()).rejects.toMatchObject({ name: 'RegistryPolicyNotFoundException' });
  });
});

describe('the scope V1', () => {
  test('takes only the actions of replication, caching and creating, and reads the policy for these alone', async () => {
    await app.registry.pushImage('app', seededImage('registry policy'), 'v1');
    await put({
      Effect: 'Allow',
      Principal: { AWS: other },
      Action: ['ecr:BatchGetImage', 'ecr:CreateRepository'],
      Resource: repositories,
    });
    expect(await pull(theirs)).toBe(1);
    await app.ecr().send(new PutAccountSettingCommand({ name: 'REGISTRY_POLICY_SCOPE', value: 'V1' }));
    expect(await pull(theirs)).toBe('AccessDeniedException');
    const make = new CreateRepositoryCommand({ registryId: account, repositoryName: 'guest' });
    await app.ecr({ credentials: theirs }).send(make);
    const wide = put({
      Effect: 'Allow',
      Principal: { AWS: other },
      Action: 'ecr:BatchGetImage',
      Resource: repositories,
    });
    await expect(wide).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await app.ecr().send(new PutAccountSettingCommand({ name: 'REGISTRY_POLICY_SCOPE', value: 'V2' }));
    expect(await pull(theirs)).toBe(1);
  });
});
