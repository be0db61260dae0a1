/** What VPC endpoints serve, and what their policies let pass. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { account, startApp, type RunningApp } from '../../support/app.ts';
import { seededImage } from '../../support/images.ts';
import { createVisitor, type Visit, type Visitor } from './visitor.ts';
import { yaml } from './declared.ts';

const image = seededImage('private');
const blob = image.layers[0]?.digest ?? '';

let app: RunningApp;
const visitors: Visitor[] = [];

beforeAll(async () => {
  app = await startApp({ yaml, repositories: ['app'] });
  await app.registry.pushImage('app', image, 'v1');
});

afterAll(async () => {
  for (const visitor of visitors) visitor.close();
  await app.close();
});

/** The administrator, from somewhere. */
function visit(by: Partial<Visit>): Visitor {
  const visitor = createVisitor({ url: app.url, credentials: app.credentials(), ...by });
  visitors.push(visitor);
  return visitor;
}

const ownListener = (): string => app.endpointOrigins.get('vpce-own') ?? '';
const manifest = '/v2/app/manifests/v1';
/** What a request is refused with, as name and text; fails where it is answered. */
const refusalOf = async (asked: Promise<unknown>): Promise<[string, string]> =>
  await asked.then(
    () => expect.unreachable('it was answered'),
    (error: Error) => [error.name, error.message],
  );
const ending = (text: string): unknown => expect.stringMatching(new RegExp(`${RegExp.escape(text)}$`));

describe('the administrator through an endpoint whose policy only pulls', () => {
  const from = '127.0.1.9';

  test('logs in and pulls, on both fronts', async () => {
    const visitor = visit({ from });
    const authorization = await visitor.logIn();
    const pulled = await visitor.ask('GET', manifest, { authorization, accept: image.mediaType });
    expect([pulled.status, pulled.body]).toEqual([200, image.manifest]);
    expect((await visitor.ask('GET', `/v2/app/blobs/${blob}`, { authorization })).status).toBe(200);
    const { images } = await visitor.ecr.batchGetImage({ repositoryName: 'app', imageIds: [{ imageTag: 'v1' }] });
    expect(images).toHaveLength(1);
  });

  test('may not push, and is told in the words of AWS what forbids it', async () => {
    const visitor = visit({ from });
    const because = (action: string): string =>
      `User: arn:aws:iam::${account}:user/admin is not authorized to perform: ${action} on resource: arn:aws:ecr:eu-central-1:${account}:repository/app because no VPC endpoint policy allows the ${action} action`;
    const authorization = await visitor.logIn();
    const started = await visitor.ask('POST', '/v2/app/blobs/uploads/', { authorization });
    expect([started.status, JSON.parse(started.body.toString())]).toEqual([
      403,
      { errors: [{ code: 'DENIED', message: because('ecr:InitiateLayerUpload') }] },
    ]);
    const put = await visitor.ask(
      'PUT',
      '/v2/app/manifests/v2',
      { authorization, 'content-type': image.mediaType },
      image.manifest,
    );
    expect(put.status).toBe(403);
    expect(await refusalOf(visitor.ecr.initiateLayerUpload({ repositoryName: 'app' }))).toEqual([
      'AccessDeniedException',
      because('ecr:InitiateLayerUpload'),
    ]);
    expect(await refusalOf(visitor.ecr.deleteRepository({ repositoryName: 'app' }))).toEqual([
      'AccessDeniedException',
      because('ecr:DeleteRepository'),
    ]);
  });

  test('pushes with the same login past it', async () => {
    const authorization = await visit({ from }).logIn();
    const outside = visit({ from: '127.0.0.9' });
    expect((await outside.ask('POST', '/v2/app/blobs/uploads/', { authorization })).status).toBe(202);
  });
});

describe('an endpoint policy', () => {
  test('that denies is named as what denied', async () => {
    const asked = visit({ from: '127.0.2.9' }).ecr.deleteRepository({ repositoryName: 'app' });
    expect(await refusalOf(asked)).toEqual([
      'AccessDeniedException',
      ending('with an explicit deny in a VPC endpoint policy'),
    ]);
  });
});

describe('the policies of an endpoint', () => {
  test('are each for its service alone', async () => {
    const { ecr, sts } = visit({ from: '127.0.4.9', headers: { host: 'a.example' } });
    expect((await ecr.describeRepositories({})).repositories).toHaveLength(1);
    const { accessKeyId } = app.credentials();
    expect((await sts.getAccessKeyInfo({ AccessKeyId: accessKeyId })).Account).toBe(account);
    expect(await refusalOf(sts.getFederationToken({ Name: 'somebody' }))).toEqual([
      'AccessDenied',
      ending('because no VPC endpoint policy allows the sts:GetFederationToken action'),
    ]);
  });

  test('do not touch what nobody decides on', async () => {
    const { sts } = visit({ from: '127.0.4.9', headers: { host: 'a.example' } });
    expect((await sts.getCallerIdentity({})).Account).toBe(account);
    const pulling = await visit({ from: '127.0.1.9' }).ask('GET', '/v2/', { authorization: app.authorization });
    expect(pulling.status).toBe(200);
  });
});

describe('a service that an endpoint does not serve', () => {
  const why = (id: string, service: string): string =>
    `User: arn:aws:iam::${account}:user/admin is not authorized to use ${service} because VPC endpoint ${id} does not serve it`;

  test('is refused on the AWS API, even what everybody may ask', async () => {
    const { sts, iam } = visit({ from: '127.0.2.9' });
    expect(await refusalOf(sts.getCallerIdentity({}))).toEqual(['AccessDenied', why('vpce-api', 'sts')]);
    expect(await refusalOf(iam.listUsers({}))).toEqual(['AccessDenied', why('vpce-api', 'iam')]);
    expect(await refusalOf(visit({ from: '127.0.3.9' }).ecr.getAuthorizationToken({}))).toEqual([
      'AccessDeniedException',
      why('vpce-dkr', 'ecr.api'),
    ]);
  });

  test('is refused on the OCI front, the ping included', async () => {
    const visitor = visit({ from: '127.0.2.9' });
    const authorization = await visitor.logIn();
    for (const path of ['/v2/', manifest]) {
      const answer = await visitor.ask('GET', path, { authorization });
      expect([answer.status, JSON.parse(answer.body.toString())], path).toEqual([
        403,
        { errors: [{ code: 'DENIED', message: why('vpce-api', 'ecr.dkr') }] },
      ]);
    }
    expect((await visitor.ask('GET', '/v2/')).status).toBe(401);
    expect((await visitor.ask('GET', '/healthz')).status).toBe(200);
  });

  test('does not keep the others from being served', async () => {
    const { ecr } = visit({ from: '127.0.2.9' });
    expect((await ecr.describeRepositories({})).repositories).toHaveLength(1);
    const { authorization } = app;
    const answer = await visit({ from: '127.0.3.9' }).ask('GET', manifest, { authorization });
    expect(answer.status).toBe(200);
  });
});

describe('a host among endpoints of one range', () => {
  const at = (host: string): Visitor => visit({ from: '127.0.4.9', headers: { host } });

  test('chooses what is served', async () => {
    expect((await at('a.example').sts.getCallerIdentity({})).Account).toBe(account);
    expect(await refusalOf(at('b.example').sts.getCallerIdentity({}))).toEqual([
      'AccessDenied',
      ending('because VPC endpoint vpce-b does not serve it'),
    ]);
  });

  test('is refused where none of them has it', async () => {
    const asked = at('c.example').ecr.describeRepositories({});
    expect(await refusalOf(asked)).toEqual([
      'AccessDeniedException',
      ending('is not authorized to use ecr.api because the host name chooses no VPC endpoint'),
    ]);
    const { authorization } = app;
    expect((await at('c.example').ask('GET', '/v2/', { authorization })).status).toBe(403);
  });
});

describe('a presigned URL of a layer', () => {
  const urlFrom = async (visitor: Visitor): Promise<string> => {
    const { downloadUrl = '' } = await visitor.ecr.getDownloadUrlForLayer({ repositoryName: 'app', layerDigest: blob });
    const { pathname, search } = new URL(downloadUrl);
    return pathname + search;
  };
  const redeem = async (by: Partial<Visit>, url: string): Promise<number> => (await visit(by).ask('GET', url)).status;

  test('is redeemed through every endpoint that serves one of the fronts of the registry', async () => {
    const url = await urlFrom(visit({ from: '127.0.0.9' }));
    expect(await redeem({ from: '127.0.0.9' }, url)).toBe(200);
    expect(await redeem({ from: '127.0.1.9' }, url)).toBe(200);
    expect(await redeem({ from: '127.0.2.9' }, url)).toBe(200);
    expect(await redeem({ from: '127.0.3.9' }, url)).toBe(200);
    expect(await redeem({ from: '127.0.4.9', headers: { host: 'c.example' } }, url)).toBe(403);
  });

  test('is made through an endpoint that lets its action pass', async () => {
    const url = await urlFrom(visit({ from: '127.0.1.9' }));
    expect(await redeem({ from: '127.0.1.9' }, url)).toBe(200);
  });
});

describe('a registry that is closed to all but an endpoint', () => {
  const policyText = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'OnlyThroughEndpoint',
        Effect: 'Deny',
        Principal: '*',
        Action: 'ecr:*',
        Resource: '*',
        Condition: { StringNotEquals: { 'aws:SourceVpce': 'vpce-own' } },
      },
    ],
  });
  let inside: Visitor;

  beforeAll(async () => {
    inside = visit({ url: ownListener() });
    await inside.ecr.putRegistryPolicy({ policyText });
  });

  afterAll(async () => {
    await inside.ecr.deleteRegistryPolicy({});
  });

  test('serves it as before', async () => {
    const authorization = await inside.logIn();
    expect((await inside.ask('GET', manifest, { authorization })).status).toBe(200);
    expect((await inside.ecr.describeRepositories({})).repositories).toHaveLength(1);
  });

  test.each([
    ['no endpoint', '127.0.0.9'],
    ['another endpoint', '127.0.2.9'],
  ])('denies what comes through %s', async (_, from) => {
    const asked = visit({ from }).ecr.describeRepositories({});
    expect(await refusalOf(asked)).toEqual([
      'AccessDeniedException',
      expect.stringContaining('with an explicit deny in a resource-based policy'),
    ]);
  });

  test('denies pulls from outside, of images and of layers by URL', async () => {
    const outside = visit({ from: '127.0.0.9' });
    const authorization = await inside.logIn();
    expect((await outside.ask('GET', manifest, { authorization })).status).toBe(403);
    const { downloadUrl = '' } = await inside.ecr.getDownloadUrlForLayer({ repositoryName: 'app', layerDigest: blob });
    const { pathname, search } = new URL(downloadUrl);
    expect((await outside.ask('GET', pathname + search)).status).toBe(403);
    expect((await inside.ask('GET', pathname + search)).status).toBe(200);
  });
});
