import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';

import { Sha256 } from '@aws-crypto/sha256-js';
import { GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, test } from 'vitest';

import { ecr, form, keys, region, send, type Sent, serveDoor, state, sts, target } from './test-door.ts';

serveDoor();

describe('what no service answers', () => {
  test.each([
    ['an unknown operation', { headers: target('Nothing') }, 400, 'UnknownOperationException'],
    [
      'an unknown target',
      { headers: { ...target('X'), 'x-amz-target': 'TrentService.CreateKey' }, service: 'kms' },
      400,
      'UnknownOperationException',
    ],
    ['no target', { headers: { 'content-type': 'application/x-amz-json-1.1' } }, 400, 'UnknownOperationException'],
    ['no signature', { headers: target('DescribeImages'), sign: false }, 400, 'MissingAuthenticationTokenException'],
    ['no signature and no target', { sign: false }, 400, 'MissingAuthenticationTokenException'],
    ['GET', { method: 'GET', headers: target('DescribeImages') }, 404, 'UnknownOperationException'],
    ['PUT', { method: 'PUT', headers: target('DescribeImages') }, 404, 'UnknownOperationException'],
    ['another path', { path: '/x', headers: target('DescribeImages') }, 404, 'UnknownOperationException'],
    [
      'a form for a JSON service',
      { headers: { ...target('DescribeImages'), ...form } },
      404,
      'UnknownOperationException',
    ],
    ['a body that is not JSON', { headers: target('DescribeImages'), body: '{' }, 400, 'SerializationException'],
    [
      'a value of the wrong type',
      { headers: target('DescribeImages'), body: '{"repositoryName":1}' },
      400,
      'SerializationException',
    ],
    [
      'a long body',
      { headers: target('DescribeImages'), body: 'x'.repeat(1_100_000) },
      413,
      'RequestEntityTooLargeException',
    ],
    [
      'a signature for another service',
      { headers: target('DescribeImages'), service: 'sts' },
      400,
      'InvalidSignatureException',
    ],
    [
      'an Authorization of another kind',
      { headers: { ...target('DescribeImages'), authorization: 'Basic eDp5' }, sign: false },
      400,
      'IncompleteSignatureException',
    ],
  ])('JSON: %s', async (_, sent: Sent, status, code) => {
    const answer = await send(sent);
    expect([answer.status, JSON.parse(answer.text).__type, answer.headers.get('content-type')]).toEqual([
      status,
      code,
      'application/x-amz-json-1.1',
    ]);
    expect(answer.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
    expect(JSON.parse(answer.text).message).not.toBe('');
  });

  const version = 'Version=2011-06-15';
  test.each([
    [
      'an unknown action',
      { body: `Action=Nothing&${version}` },
      400,
      'InvalidAction',
      'Could not find operation Nothing for version 2011-06-15',
    ],
    [
      'another version',
      { body: 'Action=GetCallerIdentity&Version=2000-01-01' },
      400,
      'InvalidAction',
      'Could not find operation GetCallerIdentity for version 2000-01-01',
    ],
    ['no action', { body: version }, 400, 'MissingAction', 'Missing Action'],
    [
      'no signature',
      { body: `Action=GetCallerIdentity&${version}`, sign: false },
      403,
      'MissingAuthenticationToken',
      'Request is missing Authentication Token',
    ],
    [
      'a service that is not here',
      { body: 'Action=ListUsers&Version=2010-05-08', service: 'iam' },
      400,
      'InvalidAction',
      'Could not find operation ListUsers for version 2010-05-08',
    ],
    [
      'an operation that is not built',
      { body: `Action=GetSessionToken&${version}` },
      501,
      'UnsupportedOperationException',
      'GetSessionToken',
    ],
    [
      'the same, which needs no signature',
      { body: `Action=AssumeRoleWithWebIdentity&${version}`, sign: false },
      501,
      'UnsupportedOperationException',
      'AssumeRoleWithWebIdentity',
    ],
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
      {
        __type: 'UnsupportedOperationException',
        message: 'The operation PutLifecyclePolicy is not built yet in Stowage; see docs/compatibility.md',
      },
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
    state.hint = { service: name, region: hostRegion };
    const { text } = await send({ headers: target(operation) });
    if (code === undefined) expect(state.seen).toHaveLength(1);
    else expect(text).toContain(name === 'ecr' ? code : 'SignatureDoesNotMatch');
  });

  test('sts takes the signature of any region on its host', async () => {
    state.hint = { service: 'sts', region: 'us-east-1' };
    await sts().send(new GetCallerIdentityCommand({}));
    expect(state.seen[0]?.call.region).toBe(region);
  });
});

describe('a presigned request', () => {
  async function presign(method: string): Promise<string> {
    const host = state.endpoint.slice('http://'.length);
    const signer = new SignatureV4({ service: 'sts', region, sha256: Sha256, credentials: keys.user });
    const query = { Action: 'GetCallerIdentity', Version: '2011-06-15' };
    const signed = await signer.presign(
      { method, protocol: 'http:', hostname: host, path: '/', query, headers: { host } },
      { signingDate: new Date(state.now), expiresIn: 60 },
    );
    return `${state.endpoint}/?${new URLSearchParams(signed.query as Record<string, string>).toString().replaceAll('+', '%20')}`;
  }

  test.each(['GET', 'POST'])('is answered by %s, in JSON for those who ask', async (method) => {
    state.results['GetCallerIdentity'] = () => ({ Account: '123456789012' });
    const url = await presign(method);
    expect(await (await fetch(url, { method })).text()).toContain('<Account>123456789012</Account>');
    expect(await (await fetch(url, { method, headers: { accept: 'application/json' } })).json()).toMatchObject({
      GetCallerIdentityResponse: { GetCallerIdentityResult: { Account: '123456789012' } },
    });
  });

  test('lives for 15 minutes on sts, whatever it says', async () => {
    const url = await presign('GET');
    state.now += 14 * 60_000;
    expect((await fetch(url)).status).toBe(200);
    state.now += 2 * 60_000;
    const late = await fetch(url, { headers: { accept: 'application/json' } });
    expect([late.status, await late.json()]).toMatchObject([
      403,
      { Error: { Code: 'SignatureDoesNotMatch', Message: expect.stringMatching(/- 15 min\.\)$/) } },
    ]);
  });
});

describe('the connection', () => {
  const headText = (length: number): string =>
    `POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AmazonEC2ContainerRegistry_V20150921.UploadLayerPart\r\nContent-Length: ${length}\r\n\r\n`;

  test('is closed after an answer to half a request, which the client can still read', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(state.port, '127.0.0.1', () => socket.write(headText(3_000_000), more));
      let text = '';
      let left = 3_000_000;
      const more = (): void => {
        if (left > 0) socket.write(Buffer.alloc(100_000), more);
        left -= 100_000;
      };
      socket
        .on('data', (chunk) => (text += chunk))
        .on('end', () => resolve(text))
        .on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toMatch(/connection: close/i);
    expect(answer).toContain('MissingAuthenticationTokenException');
  });

  test('may break in the middle of a body', async () => {
    const signer = new SignatureV4({ service: 'ecr', region, sha256: Sha256, credentials: keys.user });
    const host = state.endpoint.slice('http://'.length);
    const { headers } = await signer.sign({
      method: 'POST',
      protocol: 'http:',
      hostname: host,
      path: '/',
      query: {},
      headers: { host, ...target('PutImage') },
      body: '',
    });
    await new Promise<void>((resolve) => {
      const request = httpRequest(state.endpoint, { method: 'POST', headers: { ...headers, 'content-length': 1000 } });
      request.on('error', () => resolve());
      request.write('x'.repeat(10), () => setImmediate(() => request.destroy(new Error('gone'))));
    });
    await ecr().send(new GetAuthorizationTokenCommand({}));
    expect(state.seen.map(({ operation }) => operation)).toEqual(['GetAuthorizationToken']);
    expect(state.logged).toEqual([]);
  });

  test('stays open after a refusal of a request that was read', async () => {
    const { headers } = await send({ headers: target('Nothing'), body: '{}' });
    expect(headers.get('connection')).toBe('keep-alive');
  });
});
