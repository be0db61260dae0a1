import {
  CreateRepositoryCommand,
  DescribeRepositoriesCommand,
  GetAuthorizationTokenCommand,
} from '@aws-sdk/client-ecr';
import { afterEach, describe, expect, test } from 'vitest';
import { account, region, startApp, type Caller, type RunningApp, type StartApp } from '../support/app.ts';

let app: RunningApp | undefined;

afterEach(async () => {
  await app?.close();
  app = undefined;
});

async function start(flags: StartApp['flags'] = {}): Promise<RunningApp> {
  app = await startApp({ flags });
  return app;
}

/** What the two operations that name a registry answer to one caller. */
async function namesFor(
  running: RunningApp,
  caller: Caller,
): Promise<{ uris: (string | undefined)[]; proxy?: string }> {
  const client = running.ecr(caller);
  const { repository } = await client.send(new CreateRepositoryCommand({ repositoryName: 'team/app' }));
  const { repositories } = await client.send(new DescribeRepositoriesCommand({}));
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
  const proxy = authorizationData?.[0]?.proxyEndpoint;
  const uris = [repository?.repositoryUri, repositories?.[0]?.repositoryUri];
  return { uris, ...(proxy === undefined ? {} : { proxy }) };
}

const expected = (uri: string, proxy: string) => ({ uris: [`${uri}/team/app`, `${uri}/team/app`], proxy });

describe('a registry is named', () => {
  test('by the asked address where that is bare', async () => {
    const running = await start();
    expect(await namesFor(running, {})).toEqual(expected(running.host, running.url));
  });

  test('by another bare name as it was asked', async () => {
    const running = await start();
    const host = `registry.internal:${new URL(running.url).port}`;
    expect(await namesFor(running, { host })).toEqual(expected(host, `http://${host}`));
  });

  test.each([
    ['api.ecr.eu-central-1.amazonaws.com', 'amazonaws.com'],
    ['ecr.eu-central-1.amazonaws.com', 'amazonaws.com'],
    ['api.ecr.eu-central-1.localhost', 'localhost'],
  ])('as AWS does where the request came to %s, with the port that was asked', async (host, domain) => {
    const running = await start();
    const name = `${account}.dkr.ecr.eu-central-1.${domain}`;
    expect(await namesFor(running, { host })).toEqual(expected(name, `http://${name}`));
    const ported = running.ecr({ host: `${host}:8443` });
    const { authorizationData } = await ported.send(new GetAuthorizationTokenCommand({}));
    expect(authorizationData?.[0]?.proxyEndpoint).toBe(`http://${name}:8443`);
  });

  test('under an own domain where the request came by that', async () => {
    const running = await start({ domain: 'registry.example.com' });
    const host = `api.ecr.${region}.registry.example.com`;
    const name = `${account}.dkr.ecr.${region}.registry.example.com`;
    expect(await namesFor(running, { host })).toEqual(expected(name, `http://${name}`));
  });

  test('by the asked name where that is under a domain which is not accepted', async () => {
    const running = await start();
    const host = `api.ecr.${region}.registry.example.com`;
    expect(await namesFor(running, { host })).toEqual(expected(host, `http://${host}`));
  });

  test('by the names of AWS where that is advertised', async () => {
    const running = await start({ advertise: 'aws' });
    const name = `${account}.dkr.ecr.${region}.amazonaws.com`;
    expect(await namesFor(running, {})).toEqual(expected(name, `https://${name}`));
  });

  test('by the names of the advertised domain, which is accepted then', async () => {
    const running = await start({ advertise: 'domain:registry.example.com' });
    const name = `${account}.dkr.ecr.${region}.registry.example.com`;
    expect(await namesFor(running, {})).toEqual(expected(name, `https://${name}`));
    const answer = await running.ask('GET', '/v2/team/app/tags/list', {
      authorization: running.authorization,
      host: name,
    });
    expect(JSON.parse(answer.body.toString())).toEqual({ name: 'team/app', tags: [] });
  });

  test('in the family of the asked name although another is advertised', async () => {
    const running = await start({ advertise: 'aws', domain: 'registry.example.com' });
    const host = `api.ecr.${region}.registry.example.com`;
    const name = `${account}.dkr.ecr.${region}.registry.example.com`;
    expect(await namesFor(running, { host })).toEqual(expected(name, `http://${name}`));
  });

  test('by the region of the call, on a bare address too', async () => {
    const running = await start({ advertise: 'aws' });
    const name = `${account}.dkr.ecr.ap-south-1.amazonaws.com`;
    expect(await namesFor(running, { region: 'ap-south-1' })).toEqual(expected(name, `https://${name}`));
  });

  test('once for each of the asked registries in GetAuthorizationToken', async () => {
    const running = await start({ advertise: 'aws' });
    const registryIds = ['111111111111', account];
    const { authorizationData } = await running.ecr().send(new GetAuthorizationTokenCommand({ registryIds }));
    expect(authorizationData?.map((one) => one.proxyEndpoint)).toEqual(
      registryIds.map((id) => `https://${id}.dkr.ecr.${region}.amazonaws.com`),
    );
  });
});

describe('the OCI front', () => {
  test('names places under the host that was asked', async () => {
    const running = await start();
    await running.ecr().send(new CreateRepositoryCommand({ repositoryName: 'team/app' }));
    for (const host of [running.host, `${account}.dkr.ecr.${region}.amazonaws.com`, 'other.internal:5000']) {
      const headers = { authorization: running.authorization, host };
      const answer = await running.ask('POST', '/v2/team/app/blobs/uploads/', headers);
      expect(answer.status).toBe(202);
      expect(answer.headers.location).toMatch(`http://${host}/v2/team/app/blobs/uploads/`);
    }
  });

  test('believes a proxy that is trusted that the client spoke TLS, and no other', async () => {
    for (const [flags, scheme] of [
      [{ 'trusted-proxies': '127.0.0.1' }, 'https'],
      [{}, 'http'],
    ] as const) {
      const running = await start(flags);
      const headers = { host: 'registry.example.com', 'x-forwarded-proto': 'https' };
      const answer = await running.ask('GET', '/v2/', headers);
      expect(answer.headers['www-authenticate']).toMatch(`realm="${scheme}://registry.example.com/"`);
      await running.close();
    }
    app = undefined;
  });

  test('ignores the ns parameter of containerd', async () => {
    const running = await start();
    await running.ecr().send(new CreateRepositoryCommand({ repositoryName: 'team/app' }));
    const headers = { authorization: running.authorization };
    const answer = await running.ask('GET', '/v2/team/app/tags/list?ns=docker.io', headers);
    expect(answer.status).toBe(200);
  });
});
