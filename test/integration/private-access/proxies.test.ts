/** Reverse proxies before the server: whom it believes what they forward, and what then follows from it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { account, region, startApp, type RunningApp } from '../../support/app.ts';
import { seededImage } from '../../support/images.ts';
import { startProxy, type RunningProxy } from './proxy.ts';
import { startProbe, type ConditionBlock, type Probe } from './probe.ts';

const yaml = `
trusted-proxies: [127.0.0.50, 127.0.6.0/24]
endpoints:
  - id: vpce-names
    vpc: vpc-1
    account: ${account}
    proxies: [127.0.6.1]
    hosts: private.example
    services: [ecr.api, ecr.dkr]
  - id: vpce-rest
    vpc: vpc-1
    account: ${account}
    proxies: [127.0.6.1/32]
    services: [ecr.api]
`;

const image = seededImage('behind a proxy');
let app: RunningApp;
let probe: Probe;
const proxies: RunningProxy[] = [];

beforeAll(async () => {
  app = await startApp({ yaml, repositories: ['app'] });
  probe = await startProbe(app);
  await app.registry.pushImage('app', image, 'v1');
});

afterAll(async () => {
  await probe.close();
  for (const proxy of proxies) await proxy.close();
  await app.close();
});

async function proxyFrom(from: string, more: { target?: string; scheme?: 'http' | 'https' } = {}): Promise<string> {
  const proxy = await startProxy({ target: app.url, from, ...more });
  proxies.push(proxy);
  return proxy.url;
}

const tls = (spoken: boolean): ConditionBlock => ({ Bool: { 'aws:SecureTransport': String(spoken) } });
const source = (address: string): ConditionBlock => ({ IpAddress: { 'aws:SourceIp': address } });

describe('a trusted proxy', () => {
  test('is believed who the client is, that it spoke TLS, and which name it signed', async () => {
    const url = await proxyFrom('127.0.0.50');
    const host = `api.ecr.${region}.amazonaws.com`;
    const visitor = probe.visit({ url, from: '127.0.0.9', headers: { host } });
    expect(await probe.holds(visitor, { ...source('127.0.0.9'), ...tls(true) })).toBe(true);
    expect(await probe.holds(visitor, tls(false))).toBe(false);
    expect(await probe.holds(visitor, source('127.0.0.50'))).toBe(false);
    await probe.holds(visitor, tls(true));
    const { authorizationData } = await visitor.ecr.getAuthorizationToken({});
    expect(authorizationData?.[0]?.proxyEndpoint).toBe(`https://${account}.dkr.ecr.${region}.amazonaws.com`);
  });

  test('is believed in the URLs of answers', async () => {
    const url = await proxyFrom('127.0.0.50');
    const visitor = probe.visit({ url, headers: { host: 'registry.example' } });
    const challenged = await visitor.ask('GET', '/v2/');
    expect(challenged.headers['www-authenticate']).toContain('realm="https://registry.example/"');
    const { authorization } = app;
    const started = await visitor.ask('POST', '/v2/app/blobs/uploads/', { authorization });
    expect(started.headers.location).toMatch(/^https:\/\/registry\.example\/v2\/app\/blobs\/uploads\//);
    await probe.holds(visitor, tls(true));
    const layerDigest = image.layers[0]?.digest ?? '';
    const { downloadUrl } = await visitor.ecr.getDownloadUrlForLayer({ repositoryName: 'app', layerDigest });
    expect(downloadUrl).toMatch(/^https:\/\/registry\.example\/layers\//);
  });

  test('is believed that the client did not speak TLS', async () => {
    const visitor = probe.visit({ url: await proxyFrom('127.0.0.50', { scheme: 'http' }) });
    expect(await probe.holds(visitor, tls(false))).toBe(true);
  });

  test('behind another tells of the client before both', async () => {
    const inner = await proxyFrom('127.0.0.50', { scheme: 'http' });
    const outer = await startProxy({ target: inner, from: '127.0.6.9' });
    proxies.push(outer);
    const visitor = probe.visit({ url: outer.url, from: '127.0.0.9', headers: { host: 'registry.example' } });
    expect(await probe.holds(visitor, { ...source('127.0.0.9'), ...tls(true) })).toBe(true);
    const made = probe.visit({ url: outer.url, from: '127.0.0.9', headers: { 'x-forwarded-for': '192.0.2.66' } });
    expect(await probe.holds(made, source('127.0.0.9'))).toBe(true);
    expect(await probe.holds(made, source('192.0.2.66'))).toBe(false);
  });

  test('before which a stranger stands tells of the stranger', async () => {
    const inner = await proxyFrom('127.0.0.50');
    const stranger = await startProxy({ target: inner, from: '127.0.0.60' });
    proxies.push(stranger);
    const visitor = probe.visit({ url: stranger.url, from: '127.0.0.9' });
    expect(await probe.holds(visitor, source('127.0.0.60'))).toBe(true);
  });
});

describe('a proxy that is not trusted', () => {
  test('is the client itself, and a name that it hides makes signatures wrong', async () => {
    const url = await proxyFrom('127.0.0.61');
    const visitor = probe.visit({ url, from: '127.0.0.9' });
    await expect(visitor.ecr.describeRepositories({})).rejects.toMatchObject({ name: 'InvalidSignatureException' });
    const { authorization } = app;
    const started = await visitor.ask('POST', '/v2/app/blobs/uploads/', { authorization });
    expect(started.headers.location).toMatch(/^http:\/\/inner\.test\//);
  });
});

describe('the endpoints of a proxy', () => {
  test('are chosen by the name that the client asked, as the proxy forwards it', async () => {
    const url = await proxyFrom('127.0.6.1');
    const is = (id: string): ConditionBlock => ({
      StringEquals: { 'aws:SourceVpce': id },
      IpAddress: { 'aws:VpcSourceIp': '127.0.0.9' },
      ...tls(true),
    });
    const named = probe.visit({ url, from: '127.0.0.9', headers: { host: 'private.example' } });
    expect(await probe.holds(named, is('vpce-names'))).toBe(true);
    const unnamed = probe.visit({ url, from: '127.0.0.9' });
    expect(await probe.holds(unnamed, is('vpce-rest'))).toBe(true);
    const { authorization } = app;
    expect((await named.ask('GET', '/v2/', { authorization })).status).toBe(200);
    expect((await unnamed.ask('GET', '/v2/', { authorization })).status).toBe(403);
  });
});
