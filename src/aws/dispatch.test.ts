import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';

import {
  CreateRepositoryCommand,
  DescribeImagesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  PutImageCommand,
} from '@aws-sdk/client-ecr';
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { describe, expect, test, vi } from 'vitest';

import { RegistryError } from '../domain/errors.ts';
import { ecr, failure, keys, region, send, serveDoor, state, sts, target } from './test-door.ts';

const run = promisify(execFile);

serveDoor();

describe('the unmodified SDK', () => {
  test('calls a JSON operation', async () => {
    state.results['CreateRepository'] = () => ({
      repository: { repositoryName: 'team/app', createdAt: new Date(1_700_000_000_123) },
    });
    const { repository, $metadata } = await ecr().send(
      new CreateRepositoryCommand({ repositoryName: 'team/app', tags: [{ Key: 'k', Value: 'ä' }] }),
    );
    expect(repository).toEqual({ repositoryName: 'team/app', createdAt: new Date(1_700_000_000_123) });
    expect($metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(state.seen).toEqual([
      {
        operation: 'CreateRepository',
        call: { who: 'user', region },
        input: { repositoryName: 'team/app', tags: [{ Key: 'k', Value: 'ä' }] },
      },
    ]);
  });

  test('calls with a session', async () => {
    await ecr(keys.session).send(new GetAuthorizationTokenCommand({}));
    expect(state.seen[0]?.call).toEqual({ who: 'session', region });
  });

  test('calls a Query operation', async () => {
    state.results['GetCallerIdentity'] = () => ({
      Account: '123456789012',
      Arn: 'arn:aws:iam::123456789012:user/a&b',
      UserId: 'AIDA',
    });
    expect(await sts().send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: '123456789012',
      Arn: 'arn:aws:iam::123456789012:user/a&b',
      UserId: 'AIDA',
    });
    const assumed = new AssumeRoleCommand({
      RoleArn: 'arn:aws:iam::123456789012:role/r',
      RoleSessionName: 'me',
      Tags: [{ Key: 'a b', Value: 'c+d' }],
    });
    state.results['AssumeRole'] = () => ({
      Credentials: {
        AccessKeyId: 'A',
        SecretAccessKey: 'S',
        SessionToken: 'T',
        Expiration: new Date(1_700_000_000_000),
      },
    });
    expect((await sts().send(assumed)).Credentials?.Expiration).toEqual(new Date(1_700_000_000_000));
    expect(state.seen[1]?.input).toEqual(assumed.input);
  });

  test('understands a refusal of the registry', async () => {
    state.results['DescribeImages'] = () => {
      throw new RegistryError('repositoryNotFound', { repositoryName: 'a/b', registryId: '123456789012' });
    };
    const message = "The repository with name 'a/b' does not exist in the registry with id '123456789012'";
    expect(await failure(ecr().send(new DescribeImagesCommand({ repositoryName: 'a/b' })))).toEqual([
      'RepositoryNotFoundException',
      400,
      message,
    ]);
    state.results['GetCallerIdentity'] = () => {
      throw new RegistryError('accessDenied', { text: 'no' });
    };
    expect(await failure(sts().send(new GetCallerIdentityCommand({})))).toEqual(['AccessDenied', 403, 'no']);
    expect(state.logged).toEqual([]);
  });

  test('understands a constraint of the model', async () => {
    const constraint = 'must have length greater than or equal to 2';
    expect(await failure(ecr().send(new DescribeImagesCommand({ repositoryName: 'a' })))).toEqual([
      'InvalidParameterException',
      400,
      `Invalid parameter at 'repositoryName' failed to satisfy constraint: '${constraint}'`,
    ]);
    const short = new AssumeRoleCommand({ RoleArn: 'arn:aws:iam::123456789012:role/r', RoleSessionName: 'm' });
    expect(await failure(sts().send(short))).toEqual([
      'ValidationError',
      400,
      "1 validation error detected: Value 'm' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2",
    ]);
    expect(state.seen).toEqual([]);
  });

  const invalidToken = 'The security token included in the request is invalid.';
  test.each([
    ['unknown', keys.unknown, 'UnrecognizedClientException', 'InvalidClientTokenId', invalidToken],
    ['inactive', keys.inactive, 'UnrecognizedClientException', 'InvalidClientTokenId', invalidToken],
    [
      'with the token of another session',
      { ...keys.session, sessionToken: 'x' },
      'UnrecognizedClientException',
      'InvalidClientTokenId',
      invalidToken,
    ],
    [
      'without its token',
      { ...keys.session, sessionToken: undefined },
      'UnrecognizedClientException',
      'InvalidClientTokenId',
      invalidToken,
    ],
    [
      'with a token that it does not have',
      { ...keys.user, sessionToken: 'x' },
      'UnrecognizedClientException',
      'InvalidClientTokenId',
      invalidToken,
    ],
    [
      'with another secret',
      { ...keys.user, secretAccessKey: 'x' },
      'InvalidSignatureException',
      'SignatureDoesNotMatch',
      expect.stringContaining('does not match'),
    ],
    [
      'of a session that expired',
      keys.expired,
      'ExpiredTokenException',
      'ExpiredToken',
      'The security token included in the request is expired',
    ],
  ])('is refused with a key %s', async (_, credential, json, query, message) => {
    expect(await failure(ecr(credential).send(new GetAuthorizationTokenCommand({})))).toEqual([json, 400, message]);
    expect(await failure(sts(credential).send(new GetCallerIdentityCommand({})))).toEqual([query, 403, message]);
    expect(state.seen).toEqual([]);
  });

  test('corrects its clock from the refusal and gets through', async () => {
    state.now = Date.now() + 3_600_000;
    const patient = new ECRClient({ endpoint: state.endpoint, region, credentials: keys.user, maxAttempts: 2 });
    await patient.send(new GetAuthorizationTokenCommand({}));
    expect(state.seen).toHaveLength(1);
    expect(await failure(ecr().send(new GetAuthorizationTokenCommand({})))).toEqual([
      'InvalidSignatureException',
      400,
      expect.stringMatching(/^Signature expired: .* - 5 min\.\)$/),
    ]);
  });

  test('takes a manifest that is longer than other bodies may be', async () => {
    const imageManifest = '"'.repeat(3_000_000);
    await ecr().send(new PutImageCommand({ repositoryName: 'ab', imageManifest }));
    expect(state.seen[0]?.input).toEqual({ repositoryName: 'ab', imageManifest });
  });
});

describe('the AWS CLI', () => {
  test('calls both protocols', async ({ skip }) => {
    const found = await run('aws', ['--version']).then(
      () => true,
      () => false,
    );
    if (!found) skip('the AWS CLI is not on this machine');
    state.results['GetCallerIdentity'] = () => ({ Account: '123456789012', Arn: 'arn', UserId: 'id' });
    state.results['DescribeImages'] = () => ({
      imageDetails: [{ imageTags: ['a'], imagePushedAt: new Date(1_700_000_000_000) }],
    });
    const env = {
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      AWS_ACCESS_KEY_ID: keys.user.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.user.secretAccessKey,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_PAGER: '',
    };
    const aws = async (...parameters: string[]): Promise<unknown> =>
      JSON.parse(
        (
          await run('aws', [...parameters, '--output', 'json', '--region', region, '--endpoint-url', state.endpoint], {
            env,
          })
        ).stdout,
      );
    expect(await aws('sts', 'get-caller-identity')).toEqual({ Account: '123456789012', Arn: 'arn', UserId: 'id' });
    expect(await aws('ecr', 'describe-images', '--repository-name', 'ab')).toMatchObject({
      imageDetails: [{ imageTags: ['a'] }],
    });
    await expect(aws('ecr', 'describe-images', '--repository-name', 'AB')).rejects.toThrow(
      '(InvalidParameterException)',
    );
  });
});

describe('the budget for bodies', () => {
  test('is charged until a request is answered, and leaves short requests alone', async () => {
    const mayEnd = Promise.withResolvers<object>();
    state.results['PutImage'] = () => mayEnd.promise;
    const body = '{"repositoryName":"app","imageManifest":"x"}'.padEnd(28 * 1024 * 1024);
    const hash = createHash('sha256').update(body).digest('hex');
    const put = async (): Promise<number> =>
      (await send({ headers: { ...target('PutImage'), 'x-amz-content-sha256': hash }, body })).status;
    const held: Promise<number>[] = [];
    for (let number = 1; number <= 9; number += 1) {
      held.push(put());
      await vi.waitUntil(() => state.seen.length === number, { timeout: 30_000 });
    }
    // What is left of the budget is less than one more needs. The client may be cut off before it has sent all of it.
    expect(await put().catch(() => 400)).toBe(400);
    expect((await send({ headers: target('GetAuthorizationToken'), body: '{}' })).status).toBe(200);
    expect(state.seen.map(({ operation }) => operation)).toEqual([
      ...Array(9).fill('PutImage'),
      'GetAuthorizationToken',
    ]);
    mayEnd.resolve({});
    expect(await Promise.all(held)).toEqual(Array(9).fill(200));
    expect(await put()).toBe(200);
  });
});

describe('a bug of ours', () => {
  test.each(['throws', 'answers what its shape does not allow'])(
    'that %s is state.logged and answered without its text',
    async (kind) => {
      const bug = (): unknown => {
        if (kind === 'throws') throw new Error('secret text');
        return { authorizationData: 'secret text', Account: 5 };
      };
      state.results['GetAuthorizationToken'] = bug;
      state.results['GetCallerIdentity'] = bug;
      const words = 'The request failed because of an internal error.';
      expect(await failure(ecr().send(new GetAuthorizationTokenCommand({})))).toEqual(['ServerException', 500, words]);
      expect(await failure(sts().send(new GetCallerIdentityCommand({})))).toEqual(['InternalFailure', 500, words]);
      expect(state.logged).toHaveLength(2);
    },
  );
});
