/** VPC endpoints: by which one a request came, what policies see of it, what it serves, and what its policy lets pass. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { account, startApp, type RunningApp } from '../../support/app.ts';
import { seededImage } from '../../support/images.ts';
import { createVisitor, type Visit, type Visitor } from './visitor.ts';
import { startProbe, type ConditionBlock, type Probe } from './probe.ts';

const other = '210987654321';

const yaml = `
trusted-proxies: [127.0.0.50, 127.0.0.51]
endpoints:
  - id: vpce-own
    vpc: vpc-1
    account: ${account}
    listen: 127.0.0.1:0
    services: [ecr.api, ecr.dkr, sts, iam]
  - id: vpce-pulls
    vpc: vpc-2
    account: ${other}
    networks: 127.0.1.0/24
    services:
      ecr.api: &pulls
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Principal: "*"
            Action:
              - ecr:GetAuthorizationToken
              - ecr:BatchGetImage
              - ecr:BatchCheckLayerAvailability
              - ecr:GetDownloadUrlForLayer
            Resource: "*"
      ecr.dkr: *pulls
  - id: vpce-api
    vpc: vpc-1
    account: ${account}
    networks: 127.0.2.0/24
    services:
      ecr.api: >
        {"Statement": [
          {"Effect": "Allow", "Principal": "*", "Action": "*"},
          {"Effect": "Deny", "Principal": {"AWS": "${account}"}, "Action": "ecr:DeleteRepository"}
        ]}
  - id: vpce-dkr
    vpc: vpc-1
    account: ${account}
    networks: [127.0.3.0/24]
    services: ecr.dkr
  - id: vpce-a
    vpc: vpc-1
    account: ${account}
    networks: 127.0.4.0/24
    hosts: a.example
    services: [ecr.api, sts]
  - id: vpce-b
    vpc: vpc-1
    account: ${account}
    networks: 127.0.4.0/24
    hosts: [b.example, bb.example]
    services: [ecr.api]
  - id: vpce-clients
    vpc: vpc-3
    account: ${account}
    networks: [203.0.113.0/24]
    services: [ecr.api]
  - id: vpce-proxy
    vpc: vpc-4
    account: ${account}
    proxies: 127.0.0.51
    services: [ecr.api]
`;

const image = seededImage('private');
const blob = image.layers[0]?.digest ?? '';

let app: RunningApp;
let probe: Probe;
const visitors: Visitor[] = [];

beforeAll(async () => {
  app = await startApp({ yaml, repositories: ['app'] });
  probe = await startProbe(app);
  await app.registry.pushImage('app', image, 'v1');
});

afterAll(async () => {
  for (const visitor of visitors) visitor.close();
  await probe.close();
  await app.close();
});

/** The administrator, from somewhere. */
function visit(by: Partial<Visit>): Visitor {
  const visitor = createVisitor({ url: app.url, credentials: app.credentials(), ...by });
  visitors.push(visitor);
  return visitor;
}

const ownListener = (): string => app.endpointOrigins.get('vpce-own') ?? '';
const through = (id: string, vpc: string, owner: string, address: string): ConditionBlock => ({
  StringEquals: { 'aws:SourceVpce': id, 'aws:SourceVpc': vpc, 'aws:VpceAccount': owner },
  IpAddress: { 'aws:VpcSourceIp': address },
  Null: { 'aws:SourceIp': 'true' },
});
const open = (address: string): ConditionBlock => ({
  IpAddress: { 'aws:SourceIp': address },
  Null: { 'aws:SourceVpce': 'true', 'aws:SourceVpc': 'true', 'aws:VpcSourceIp': 'true', 'aws:VpceAccount': 'true' },
});
const forwarded = (text: string): Visit['headers'] => ({ 'x-forwarded-for': text });

describe('the way of a request', () => {
  test.each<[string, () => Partial<Visit>, ConditionBlock]>([
    [
      'a listener of its own',
      () => ({ url: ownListener(), from: '127.0.0.9' }),
      through('vpce-own', 'vpc-1', account, '127.0.0.9'),
    ],
    [
      'its listener before every range',
      () => ({ url: ownListener(), from: '127.0.2.9' }),
      through('vpce-own', 'vpc-1', account, '127.0.2.9'),
    ],
    ['the address of the peer', () => ({ from: '127.0.2.9' }), through('vpce-api', 'vpc-1', account, '127.0.2.9')],
    [
      'the address of the client behind a trusted proxy',
      () => ({ from: '127.0.0.50', headers: forwarded('203.0.113.7') }),
      through('vpce-clients', 'vpc-3', account, '203.0.113.7'),
    ],
    [
      'that address in another spelling',
      () => ({ from: '127.0.0.50', headers: forwarded('[::ffff:cb00:7107]:81') }),
      through('vpce-clients', 'vpc-3', account, '203.0.113.7'),
    ],
    [
      'the trusted proxy',
      () => ({ from: '127.0.0.51', headers: forwarded('192.0.2.1') }),
      through('vpce-proxy', 'vpc-4', account, '192.0.2.1'),
    ],
    [
      'the trusted proxy before its client',
      () => ({ from: '127.0.0.51', headers: forwarded('203.0.113.7') }),
      through('vpce-proxy', 'vpc-4', account, '203.0.113.7'),
    ],
    [
      'a host among endpoints of one range',
      () => ({ from: '127.0.4.9', headers: { host: 'b.example:81' } }),
      through('vpce-b', 'vpc-1', account, '127.0.4.9'),
    ],
    [
      'another host there',
      () => ({ from: '127.0.4.9', headers: { host: 'BB.Example' } }),
      through('vpce-b', 'vpc-1', account, '127.0.4.9'),
    ],
    ['nothing of these', () => ({ from: '127.0.0.9' }), open('127.0.0.9')],
    ['a host without the range', () => ({ from: '127.0.0.9', headers: { host: 'b.example' } }), open('127.0.0.9')],
    [
      'a client that somebody makes up who is no proxy',
      () => ({ from: '127.0.0.60', headers: forwarded('203.0.113.7') }),
      open('127.0.0.60'),
    ],
    [
      'a client that a client makes up before a proxy',
      () => ({ from: '127.0.0.50', headers: forwarded('203.0.113.7, 198.51.100.1') }),
      open('198.51.100.1'),
    ],
    [
      'a proxy that is not among those of an endpoint',
      () => ({ from: '127.0.0.50', headers: forwarded('127.0.0.51') }),
      open('127.0.0.51'),
    ],
  ])('is told by %s', async (_, by, condition) => {
    const visitor = probe.visit(by());
    expect(await probe.holds(visitor, condition)).toBe(true);
    expect(await probe.holds(visitor, otherThan(condition))).toBe(false);
  });

  test('is no other: all keys differ from those of the next endpoint', async () => {
    const visitor = probe.visit({ from: '127.0.2.9' });
    const condition = through('vpce-api', 'vpc-1', account, '127.0.2.9');
    for (const [key, value] of Object.entries({
      'aws:SourceVpce': 'vpce-own',
      'aws:SourceVpc': 'vpc-2',
      'aws:VpceAccount': other,
    })) {
      const changed = { ...condition, StringEquals: { ...condition['StringEquals'], [key]: value } };
      expect(await probe.holds(visitor, changed), key).toBe(false);
    }
    expect(await probe.holds(visitor, { ...condition, Null: { 'aws:SourceIp': 'false' } })).toBe(false);
  });
});

/** The condition with one of its keys turned round. */
function otherThan(condition: ConditionBlock): ConditionBlock {
  const { Null = {} } = condition;
  const [key = ''] = Object.keys(Null);
  return { ...condition, Null: { ...Null, [key]: 'false' } };
}

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
