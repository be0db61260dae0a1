import { execFile } from 'node:child_process';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { promisify } from 'node:util';

import { Sha256 } from '@aws-crypto/sha256-js';
import { CreateRepositoryCommand, DescribeImagesCommand, ECRClient, GetAuthorizationTokenCommand, PutImageCommand } from '@aws-sdk/client-ecr';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { SignatureV4 } from '@smithy/signature-v4';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { RegistryError } from '../domain/errors.ts';
import { listen, type Listener } from '../http/server.ts';
import { createAwsDoor } from './dispatch.ts';
import { readModel } from './model.ts';
import type { EndpointHint, Service, ServiceOperation, SigningCredential } from './service.ts';

const run = promisify(execFile);
const region = 'eu-west-1';
const keys = {
  user: { accessKeyId: 'AKIAAAAAAAAAAAAAUSER', secretAccessKey: 'secret/of+the=user' },
  inactive: { accessKeyId: 'AKIAAAAAAAAAINACTIVE', secretAccessKey: 'secret' },
  session: { accessKeyId: 'ASIAAAAAAAAAASESSION', secretAccessKey: 'secret', sessionToken: 'token' },
  expired: { accessKeyId: 'ASIAAAAAAAAAAEXPIRED', secretAccessKey: 'secret', sessionToken: 'token' },
  unknown: { accessKeyId: 'AKIAAAAAAAAAAUNKNOWN', secretAccessKey: 'secret' },
};

interface Call {
  readonly who: string;
  readonly region: string;
}

let now = Date.now();
let hint: EndpointHint = {};
let seen: { operation: string; call: Call; input: unknown }[] = [];
let results: Record<string, () => unknown> = {};
const logged: string[] = [];

function service(name: string, operations: readonly string[]): Service<Call> {
  const built = operations.map((operation): [string, ServiceOperation<Call>] => [
    operation,
    {
      handle: async (call, input) => {
        seen.push({ operation, call, input });
        return results[operation]?.();
      },
    },
  ]);
  return { name, model: readModel(name), operations: new Map(built) };
}

const credentials = new Map<string, SigningCredential<string>>([
  [keys.user.accessKeyId, { ...keys.user, principal: 'user', active: true }],
  [keys.inactive.accessKeyId, { ...keys.inactive, principal: 'inactive', active: false }],
  [keys.session.accessKeyId, { ...keys.session, principal: 'session', active: true }],
  [keys.expired.accessKeyId, { ...keys.expired, principal: 'expired', active: true, expiresAt: 1 }],
]);

const door = createAwsDoor<string, Call>({
  services: [service('ecr', ['CreateRepository', 'DescribeImages', 'GetAuthorizationToken', 'PutImage']), service('sts', ['GetCallerIdentity', 'AssumeRole'])],
  findCredential: (id) => Promise.resolve(credentials.get(id)),
  openCall: (_, who, scope) => ({ who, region: scope.region }),
  clock: () => now,
  log: pino({ level: 'error' }, { write: (line: string) => void logged.push(line) }),
});

let listener: Listener;
let endpoint = '';

beforeAll(async () => {
  const handle = (exchange: Parameters<typeof door.handle>[0]): Promise<void> => door.handle(exchange, hint);
  listener = await listen({ host: '127.0.0.1', port: 0, trustedProxies: [], handle, finished: () => undefined });
  endpoint = `http://127.0.0.1:${listener.address.port}`;
});
afterAll(() => listener.close(1000));
beforeEach(() => {
  now = Date.now();
  hint = {};
  seen = [];
  results = {};
  logged.length = 0;
});

const ecr = (credential: object = keys.user): ECRClient => new ECRClient({ endpoint, region, credentials: credential as typeof keys.user, maxAttempts: 1 });
const sts = (credential: object = keys.user): STSClient => new STSClient({ endpoint, region, credentials: credential as typeof keys.user, maxAttempts: 1 });

/** What an SDK makes of a refusal. */
const failure = async (sent: Promise<unknown>): Promise<[name: string, status: number | undefined, message: string]> => {
  try {
    await sent;
  } catch (error) {
    const { name, message, $metadata } = error as { name: string; message: string; $metadata?: { httpStatusCode?: number } };
    return [name, $metadata?.httpStatusCode, message];
  }
  return ['answered', 200, ''];
};

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly service?: string;
  readonly sign?: boolean;
}

/** A request that no SDK would make; signed unless it says otherwise. */
async function send({ method = 'POST', path = '/', headers = {}, body = '', service: name = 'ecr', sign = true }: Sent): Promise<{ status: number; headers: Headers; text: string }> {
  const host = endpoint.slice('http://'.length);
  const signer = new SignatureV4({ service: name, region, sha256: Sha256, credentials: keys.user });
  const signable = { method, protocol: 'http:', hostname: host, path, query: {}, headers: { host, ...headers }, body };
  const signed = sign ? await signer.sign(signable, { signingDate: new Date(now) }) : signable;
  const { host: _, ...rest } = signed.headers as Record<string, string>;
  const response = await fetch(endpoint + path, { method, headers: rest, ...(method === 'POST' || method === 'PUT' ? { body: Buffer.from(body) } : {}) });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const target = (operation: string): Record<string, string> => ({
  'x-amz-target': `AmazonEC2ContainerRegistry_V20150921.${operation}`,
  'content-type': 'application/x-amz-json-1.1',
});
const form = { 'content-type': 'application/x-www-form-urlencoded' };

describe('the unmodified SDK', () => {
  test('calls a JSON operation', async () => {
    results['CreateRepository'] = () => ({ repository: { repositoryName: 'team/app', createdAt: new Date(1_700_000_000_123) } });
    const { repository, $metadata } = await ecr().send(new CreateRepositoryCommand({ repositoryName: 'team/app', tags: [{ Key: 'k', Value: 'ä' }] }));
    expect(repository).toEqual({ repositoryName: 'team/app', createdAt: new Date(1_700_000_000_123) });
    expect($metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(seen).toEqual([
      { operation: 'CreateRepository', call: { who: 'user', region }, input: { repositoryName: 'team/app', tags: [{ Key: 'k', Value: 'ä' }] } },
    ]);
  });

  test('calls with a session', async () => {
    await ecr(keys.session).send(new GetAuthorizationTokenCommand({}));
    expect(seen[0]?.call).toEqual({ who: 'session', region });
  });

  test('calls a Query operation', async () => {
    results['GetCallerIdentity'] = () => ({ Account: '123456789012', Arn: 'arn:aws:iam::123456789012:user/a&b', UserId: 'AIDA' });
    expect(await sts().send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: '123456789012', Arn: 'arn:aws:iam::123456789012:user/a&b', UserId: 'AIDA' });
    const assumed = new AssumeRoleCommand({ RoleArn: 'arn:aws:iam::123456789012:role/r', RoleSessionName: 'me', Tags: [{ Key: 'a b', Value: 'c+d' }] });
    results['AssumeRole'] = () => ({ Credentials: { AccessKeyId: 'A', SecretAccessKey: 'S', SessionToken: 'T', Expiration: new Date(1_700_000_000_000) } });
    expect((await sts().send(assumed)).Credentials?.Expiration).toEqual(new Date(1_700_000_000_000));
    expect(seen[1]?.input).toEqual(assumed.input);
  });

  test('understands a refusal of the registry', async () => {
    results['DescribeImages'] = () => {
      throw new RegistryError('repositoryNotFound', { repositoryName: 'a/b', registryId: '123456789012' });
    };
    const message = "The repository with name 'a/b' does not exist in the registry with id '123456789012'";
    expect(await failure(ecr().send(new DescribeImagesCommand({ repositoryName: 'a/b' })))).toEqual(['RepositoryNotFoundException', 400, message]);
    results['GetCallerIdentity'] = () => {
      throw new RegistryError('accessDenied', { text: 'no' });
    };
    expect(await failure(sts().send(new GetCallerIdentityCommand({})))).toEqual(['AccessDenied', 403, 'no']);
    expect(logged).toEqual([]);
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
    expect(seen).toEqual([]);
  });

  const invalidToken = 'The security token included in the request is invalid.';
  test.each([
    ['unknown', keys.unknown, 'UnrecognizedClientException', 'InvalidClientTokenId', invalidToken],
    ['inactive', keys.inactive, 'UnrecognizedClientException', 'InvalidClientTokenId', invalidToken],
    ['with the token of another session', { ...keys.session, sessionToken: 'x' }, 'UnrecognizedClientException', 'InvalidClientTokenId', invalidToken],
    ['without its token', { ...keys.session, sessionToken: undefined }, 'UnrecognizedClientException', 'InvalidClientTokenId', invalidToken],
    ['with a token that it does not have', { ...keys.user, sessionToken: 'x' }, 'UnrecognizedClientException', 'InvalidClientTokenId', invalidToken],
    ['with another secret', { ...keys.user, secretAccessKey: 'x' }, 'InvalidSignatureException', 'SignatureDoesNotMatch', expect.stringContaining('does not match')],
    ['of a session that expired', keys.expired, 'ExpiredTokenException', 'ExpiredToken', 'The security token included in the request is expired'],
  ])('is refused with a key %s', async (_, credential, json, query, message) => {
    expect(await failure(ecr(credential).send(new GetAuthorizationTokenCommand({})))).toEqual([json, 400, message]);
    expect(await failure(sts(credential).send(new GetCallerIdentityCommand({})))).toEqual([query, 403, message]);
    expect(seen).toEqual([]);
  });

  test('corrects its clock from the refusal and gets through', async () => {
    now = Date.now() + 3_600_000;
    const patient = new ECRClient({ endpoint, region, credentials: keys.user, maxAttempts: 2 });
    await patient.send(new GetAuthorizationTokenCommand({}));
    expect(seen).toHaveLength(1);
    expect(await failure(ecr().send(new GetAuthorizationTokenCommand({})))).toEqual(['InvalidSignatureException', 400, expect.stringMatching(/^Signature expired: .* - 5 min\.\)$/)]);
  });

  test('takes a manifest that is longer than other bodies may be', async () => {
    const imageManifest = '"'.repeat(3_000_000);
    await ecr().send(new PutImageCommand({ repositoryName: 'ab', imageManifest }));
    expect((seen[0]?.input as { imageManifest: string }).imageManifest).toBe(imageManifest);
  });
});

describe('the AWS CLI', () => {
  test('calls both protocols', async ({ skip }) => {
    const found = await run('aws', ['--version']).then(() => true, () => false);
    if (!found) skip('the AWS CLI is not on this machine');
    results['GetCallerIdentity'] = () => ({ Account: '123456789012', Arn: 'arn', UserId: 'id' });
    results['DescribeImages'] = () => ({ imageDetails: [{ imageTags: ['a'], imagePushedAt: new Date(1_700_000_000_000) }] });
    const env = { PATH: process.env['PATH'], HOME: '/nonexistent', AWS_ACCESS_KEY_ID: keys.user.accessKeyId, AWS_SECRET_ACCESS_KEY: keys.user.secretAccessKey, AWS_EC2_METADATA_DISABLED: 'true', AWS_PAGER: '' };
    const aws = async (...parameters: string[]): Promise<unknown> =>
      JSON.parse((await run('aws', [...parameters, '--output', 'json', '--region', region, '--endpoint-url', endpoint], { env })).stdout);
    expect(await aws('sts', 'get-caller-identity')).toEqual({ Account: '123456789012', Arn: 'arn', UserId: 'id' });
    expect(await aws('ecr', 'describe-images', '--repository-name', 'ab')).toMatchObject({ imageDetails: [{ imageTags: ['a'] }] });
    await expect(aws('ecr', 'describe-images', '--repository-name', 'AB')).rejects.toThrow('(InvalidParameterException)');
  });
});

describe('what no service answers', () => {
  test.each([
    ['an unknown operation', { headers: target('Nothing') }, 400, 'UnknownOperationException'],
    ['an unknown target', { headers: { ...target('X'), 'x-amz-target': 'TrentService.CreateKey' }, service: 'kms' }, 400, 'UnknownOperationException'],
    ['no target', { headers: { 'content-type': 'application/x-amz-json-1.1' } }, 400, 'UnknownOperationException'],
    ['no signature', { headers: target('DescribeImages'), sign: false }, 400, 'MissingAuthenticationTokenException'],
    ['no signature and no target', { sign: false }, 400, 'MissingAuthenticationTokenException'],
    ['GET', { method: 'GET', headers: target('DescribeImages') }, 404, 'UnknownOperationException'],
    ['PUT', { method: 'PUT', headers: target('DescribeImages') }, 404, 'UnknownOperationException'],
    ['another path', { path: '/x', headers: target('DescribeImages') }, 404, 'UnknownOperationException'],
    ['a form for a JSON service', { headers: { ...target('DescribeImages'), ...form } }, 404, 'UnknownOperationException'],
    ['a body that is not JSON', { headers: target('DescribeImages'), body: '{' }, 400, 'SerializationException'],
    ['a value of the wrong type', { headers: target('DescribeImages'), body: '{"repositoryName":1}' }, 400, 'SerializationException'],
    ['a long body', { headers: target('DescribeImages'), body: 'x'.repeat(1_100_000) }, 413, 'RequestEntityTooLargeException'],
    ['a signature for another service', { headers: target('DescribeImages'), service: 'sts' }, 400, 'InvalidSignatureException'],
    ['an Authorization of another kind', { headers: { ...target('DescribeImages'), authorization: 'Basic eDp5' }, sign: false }, 400, 'IncompleteSignatureException'],
  ])('JSON: %s', async (_, sent: Sent, status, code) => {
    const answer = await send(sent);
    expect([answer.status, JSON.parse(answer.text).__type, answer.headers.get('content-type')]).toEqual([status, code, 'application/x-amz-json-1.1']);
    expect(answer.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
    expect(JSON.parse(answer.text).message).not.toBe('');
  });

  const version = 'Version=2011-06-15';
  test.each([
    ['an unknown action', { body: `Action=Nothing&${version}` }, 400, 'InvalidAction', 'Could not find operation Nothing for version 2011-06-15'],
    ['another version', { body: 'Action=GetCallerIdentity&Version=2000-01-01' }, 400, 'InvalidAction', 'Could not find operation GetCallerIdentity for version 2000-01-01'],
    ['no action', { body: version }, 400, 'MissingAction', 'Missing Action'],
    ['no signature', { body: `Action=GetCallerIdentity&${version}`, sign: false }, 403, 'MissingAuthenticationToken', 'Request is missing Authentication Token'],
    ['a service that is not here', { body: 'Action=ListUsers&Version=2010-05-08', service: 'iam' }, 400, 'InvalidAction', 'Could not find operation ListUsers for version 2010-05-08'],
    ['an operation that is not built', { body: `Action=GetSessionToken&${version}` }, 501, 'UnsupportedOperationException', 'GetSessionToken'],
    ['the same, which needs no signature', { body: `Action=AssumeRoleWithWebIdentity&${version}`, sign: false }, 501, 'UnsupportedOperationException', 'AssumeRoleWithWebIdentity'],
    ['a bad encoding', { body: `Action=%ff&${version}` }, 400, 'MalformedQueryString', 'percent-encoded'],
    ['PUT', { method: 'PUT', body: `Action=GetCallerIdentity&${version}` }, 404, 'InvalidAction', 'PUT'],
    ['a long body', { body: 'x'.repeat(1_100_000) }, 413, 'RequestEntityTooLarge', '1048576'],
  ])('Query: %s', async (_, sent: Sent, status, code, words) => {
    const answer = await send({ service: 'sts', ...sent, headers: form });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'text/xml']);
    expect(answer.text).toContain(`<Code>${code}</Code>`);
    expect(answer.text).toContain(words);
  });

  test('says that an operation is not built, and where to read about it', async () => {
    const { status, text } = await send({ headers: target('PutLifecyclePolicy') });
    expect([status, JSON.parse(text)]).toEqual([
      501,
      { __type: 'UnsupportedOperationException', message: 'The operation PutLifecyclePolicy is not built yet in Stowage; see docs/compatibility.md' },
    ]);
  });

  test('answers HEAD without a body', async () => {
    expect(await send({ method: 'HEAD', headers: target('DescribeImages') })).toMatchObject({ status: 404, text: '' });
  });

  test.each([
    ['ecr', 'us-east-1', 'GetAuthorizationToken', 'InvalidSignatureException'],
    ['ecr', region, 'GetAuthorizationToken', undefined],
    ['sts', region, 'GetAuthorizationToken', 'InvalidAction'],
  ])('on the host of %s in %s %s answers %s', async (name, hostRegion, operation, code) => {
    hint = { service: name, region: hostRegion };
    const { text } = await send({ headers: target(operation) });
    if (code === undefined) expect(seen).toHaveLength(1);
    else expect(text).toContain(name === 'ecr' ? code : 'SignatureDoesNotMatch');
  });

  test('sts takes the signature of any region on its host', async () => {
    hint = { service: 'sts', region: 'us-east-1' };
    await sts().send(new GetCallerIdentityCommand({}));
    expect(seen[0]?.call.region).toBe(region);
  });
});

describe('a bug of ours', () => {
  test.each(['throws', 'answers what its shape does not allow'])('that %s is logged and answered without its text', async (kind) => {
    const bug = (): unknown => {
      if (kind === 'throws') throw new Error('secret text');
      return { authorizationData: 'secret text', Account: 5 };
    };
    results['GetAuthorizationToken'] = bug;
    results['GetCallerIdentity'] = bug;
    const words = 'The request failed because of an internal error.';
    expect(await failure(ecr().send(new GetAuthorizationTokenCommand({})))).toEqual(['ServerException', 500, words]);
    expect(await failure(sts().send(new GetCallerIdentityCommand({})))).toEqual(['InternalFailure', 500, words]);
    expect(logged).toHaveLength(2);
  });

  test('a table with an operation that no model knows does not start', () => {
    const options = { findCredential: () => Promise.resolve(undefined), openCall: () => 0, clock: () => 0, log: pino({ level: 'silent' }) };
    expect(() => createAwsDoor({ ...options, services: [service('ecr', ['Nothing']) as never] })).toThrow('the model of ecr has no operation Nothing');
    expect(() => createAwsDoor({ ...options, services: [service('sts', ['AssumeRoleWithWebIdentity']) as never] })).toThrow('without a signature');
  });
});

describe('a presigned request', () => {
  async function presign(method: string): Promise<string> {
    const host = endpoint.slice('http://'.length);
    const signer = new SignatureV4({ service: 'sts', region, sha256: Sha256, credentials: keys.user });
    const query = { Action: 'GetCallerIdentity', Version: '2011-06-15' };
    const signed = await signer.presign({ method, protocol: 'http:', hostname: host, path: '/', query, headers: { host } }, { signingDate: new Date(now), expiresIn: 60 });
    return `${endpoint}/?${new URLSearchParams(signed.query as Record<string, string>).toString().replaceAll('+', '%20')}`;
  }

  test.each(['GET', 'POST'])('is answered by %s, in JSON for those who ask', async (method) => {
    results['GetCallerIdentity'] = () => ({ Account: '123456789012' });
    const url = await presign(method);
    expect(await (await fetch(url, { method })).text()).toContain('<Account>123456789012</Account>');
    expect(await (await fetch(url, { method, headers: { accept: 'application/json' } })).json()).toMatchObject({
      GetCallerIdentityResponse: { GetCallerIdentityResult: { Account: '123456789012' } },
    });
  });

  test('lives for 15 minutes on sts, whatever it says', async () => {
    const url = await presign('GET');
    now += 14 * 60_000;
    expect((await fetch(url)).status).toBe(200);
    now += 2 * 60_000;
    const late = await fetch(url, { headers: { accept: 'application/json' } });
    expect([late.status, await late.json()]).toMatchObject([403, { Error: { Code: 'SignatureDoesNotMatch', Message: expect.stringMatching(/- 15 min\.\)$/) } }]);
  });
});

describe('the connection', () => {
  const headText = (length: number): string => `POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AmazonEC2ContainerRegistry_V20150921.UploadLayerPart\r\nContent-Length: ${length}\r\n\r\n`;

  test('is closed after an answer to half a request, which the client can still read', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(listener.address.port, '127.0.0.1', () => socket.write(headText(3_000_000)));
      let text = '';
      let left = 3_000_000;
      const more = (): void => {
        if (left > 0) socket.write(Buffer.alloc(100_000), more);
        left -= 100_000;
      };
      more();
      socket.on('data', (chunk) => (text += chunk)).on('end', () => resolve(text)).on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toMatch(/connection: close/i);
    expect(answer).toContain('MissingAuthenticationTokenException');
  });

  test('may break in the middle of a body', async () => {
    const signer = new SignatureV4({ service: 'ecr', region, sha256: Sha256, credentials: keys.user });
    const host = endpoint.slice('http://'.length);
    const { headers } = await signer.sign({ method: 'POST', protocol: 'http:', hostname: host, path: '/', query: {}, headers: { host, ...target('PutImage') }, body: '' });
    await new Promise<void>((resolve) => {
      const request = httpRequest(endpoint, { method: 'POST', headers: { ...headers, 'content-length': 1000 } });
      request.on('error', () => resolve());
      request.write('x'.repeat(10), () => setImmediate(() => request.destroy(new Error('gone'))));
    });
    await ecr().send(new GetAuthorizationTokenCommand({}));
    expect(seen.map(({ operation }) => operation)).toEqual(['GetAuthorizationToken']);
    expect(logged).toEqual([]);
  });

  test('stays open after a refusal of a request that was read', async () => {
    const { headers } = await send({ headers: target('Nothing'), body: '{}' });
    expect(headers.get('connection')).toBe('keep-alive');
  });
});
