import { DescribeRepositoriesCommand, GetAuthorizationTokenCommand, ListImagesCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dropOldTokens } from '../../src/core/iam/login-tokens.ts';
import { account, basic, region, startApp, type Answer, type RunningApp } from '../support/app.ts';
import type { Credentials } from '../support/stowage.ts';

const hour = 60 * 60 * 1000;
const stranger = '111111111111';
const registryHost = (id: string, place: string): string => `${id}.dkr.ecr.${place}.amazonaws.com`;

let app: RunningApp;

beforeAll(async () => {
  app = await startApp({ repositories: ['team/app'] });
});

afterAll(async () => {
  await app.close();
});

const at = async (authorization: string, host = app.host, path = '/v2/', method = 'GET'): Promise<Answer> =>
  await app.ask(method, path, { authorization, host });

async function newPassword(): Promise<string> {
  return ((await app.admin('login-password', { region })) as { password: string }).password;
}

/** 401 with the challenge of the asked host, and one error in JSON. */
function expectRefused({ status, headers, body }: Answer, code: string, words: RegExp, host = app.host): void {
  expect(status).toBe(401);
  expect(headers['www-authenticate']).toBe(`Basic realm="http://${host}/",service="ecr.amazonaws.com"`);
  expect(headers['docker-distribution-api-version']).toBe('registry/2.0');
  expect(headers['content-type']).toBe('application/json; charset=utf-8');
  const { errors } = JSON.parse(body.toString()) as { errors: { code: string; message: string }[] };
  expect(errors).toEqual([{ code, message: expect.stringMatching(words) }]);
}

const denied = (action: string, resource: string): string =>
  `User: arn:aws:iam::${account}:user/admin is not authorized to perform: ${action} on resource: ${resource} because no resource-based policy allows the ${action} action`;

describe('a login token', () => {
  test('opens the registry as password of user AWS and as a bearer token', async () => {
    const pair = Buffer.from(`AWS:${app.password}`).toString('base64');
    for (const authorization of [`Basic ${pair}`, `basic ${pair}`, `Bearer ${pair}`, `Bearer ${app.password}`]) {
      const { status, body } = await at(authorization);
      expect([status, body.toString()]).toEqual([200, '{}']);
    }
  });

  test('has no colon and is shorter than 200 bytes', () => {
    expect(app.password).toMatch(/^[\w.-]{40,199}$/);
  });

  test('is good for its twelve hours and not longer', async () => {
    const authorization = basic(await newPassword());
    app.advance(12 * hour - 60_000);
    expect((await at(authorization)).status).toBe(200);
    app.advance(120_000);
    expectRefused(
      await at(authorization),
      'DENIED',
      /^Your authorization token has expired. Reauthenticate and try again.$/,
    );
    expect((await at(basic(await newPassword()))).status).toBe(200);
  });

  test('that nobody used in its twelve hours has expired as well', async () => {
    const authorization = basic(await newPassword());
    app.advance(12 * hour + 1000);
    expectRefused(await at(authorization), 'DENIED', /has expired/);
  });

  test('that was forgotten a day later is still told to have expired', async () => {
    const authorization = basic(await newPassword());
    app.advance(40 * hour);
    expect(await dropOldTokens(app.app, app.now())).toBeGreaterThan(0);
    expectRefused(await at(authorization), 'DENIED', /has expired/);
  });

  test('tells its end in GetAuthorizationToken', async () => {
    const { authorizationData } = await app.ecr().send(new GetAuthorizationTokenCommand({}));
    const ends = authorizationData?.[0]?.expiresAt?.getTime() ?? 0;
    expect(Math.abs(ends - app.now() - 12 * hour)).toBeLessThan(60_000);
  });

  test('survives a restart', async () => {
    const authorization = basic(await newPassword());
    await app.restart();
    expect((await at(authorization)).status).toBe(200);
  });

  test('that was altered anywhere is refused', async () => {
    const password = await newPassword();
    const parts = password.split('.');
    const flip = (text: string): string => (text.startsWith('A') ? 'B' : 'A') + text.slice(1);
    for (const place of [2, 3]) {
      const altered = parts.map((part, index) => (index === place ? flip(part) : part)).join('.');
      expectRefused(await at(basic(altered)), 'UNAUTHORIZED', /altered/);
    }
    expect((await at(basic(password))).status).toBe(200);
  });

  test('of another installation is refused as foreign', async () => {
    const other = await startApp();
    try {
      expectRefused(await at(other.authorization), 'UNAUTHORIZED', /Another installation has issued it/);
    } finally {
      await other.close();
    }
  });

  test.each([
    ['another user name', (password: string) => `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`],
    ['no password', () => basic('')],
    ['another scheme', (password: string) => `Digest ${password}`],
    ['bytes that are no base64', () => 'Basic ***'],
    ['a password of 10,000 bytes', () => basic('x'.repeat(10_000))],
  ])('with %s is refused', async (_what, write) => {
    expectRefused(await at(write(await newPassword())), 'UNAUTHORIZED', /^Your Authorization Token is invalid/);
  });
});

test('new credentials end every token and key of the old ones at once', async () => {
  const authorization = basic(await newPassword());
  expect((await at(authorization)).status).toBe(200);
  const old = app.credentials();
  await app.admin('credentials.reset');
  expectRefused(await at(authorization), 'UNAUTHORIZED', /access key that it was made with is gone/);
  const refused = app.ecr({ credentials: old }).send(new DescribeRepositoriesCommand({}));
  await expect(refused).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
  const { repositories } = await app.ecr().send(new DescribeRepositoriesCommand({}));
  expect(repositories).toHaveLength(1);
  expect((await at(basic(await newPassword()))).status).toBe(200);
});

describe('on the registry host of another account', () => {
  const host = registryHost(stranger, 'us-east-1');
  const resource = `arn:aws:ecr:us-east-1:${stranger}:repository/team/app`;

  test.each([
    ['GET', 'tags/list', 'ecr:ListImages'],
    ['GET', 'manifests/latest', 'ecr:BatchGetImage'],
    ['PUT', 'manifests/latest', 'ecr:PutImage'],
    ['DELETE', 'manifests/latest', 'ecr:BatchDeleteImage'],
    ['GET', `blobs/sha256:${'0'.repeat(64)}`, 'ecr:GetDownloadUrlForLayer'],
    ['POST', 'blobs/uploads/', 'ecr:InitiateLayerUpload'],
  ])('%s %s is denied in the words of AWS, whatever exists there', async (method, path, action) => {
    const answer = await at(basic(await newPassword()), host, `/v2/team/app/${path}`, method);
    expect(answer.status).toBe(403);
    expect(answer.headers['www-authenticate']).toBeUndefined();
    const message = denied(action, resource);
    expect(JSON.parse(answer.body.toString())).toEqual({ errors: [{ code: 'DENIED', message }] });
  });

  test('the catalog is denied', async () => {
    const answer = await at(basic(await newPassword()), host, '/v2/_catalog');
    expect(answer.status).toBe(403);
    const message = denied('ecr:DescribeRepositories', `arn:aws:ecr:us-east-1:${stranger}:repository/*`);
    expect(JSON.parse(answer.body.toString())).toEqual({ errors: [{ code: 'DENIED', message }] });
  });

  test('HEAD is denied without a body, the reason in a header', async () => {
    const answer = await at(basic(await newPassword()), host, '/v2/team/app/manifests/latest', 'HEAD');
    expect([answer.status, answer.body.length]).toEqual([403, 0]);
    expect(answer.headers['x-stowage-message']).toBe(denied('ecr:BatchGetImage', resource));
  });

  test('the token itself is good', async () => {
    expect((await at(basic(await newPassword()), host)).status).toBe(200);
  });

  test('a refused token is challenged by that host', async () => {
    expectRefused(await at(basic('LT1.x')), 'UNAUTHORIZED', /invalid/);
    expectRefused(await at(basic('LT1.x'), host), 'UNAUTHORIZED', /invalid/, host);
  });
});

describe('with the registryId of another account', () => {
  test('an operation on a repository is denied in the words of AWS', async () => {
    const command = new ListImagesCommand({ registryId: stranger, repositoryName: 'team/app' });
    await expect(app.ecr().send(command)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      $metadata: { httpStatusCode: 400 },
      message: denied('ecr:ListImages', `arn:aws:ecr:${region}:${stranger}:repository/team/app`),
    });
  });

  test('DescribeRepositories is denied, with names and without', async () => {
    const all = app.ecr().send(new DescribeRepositoriesCommand({ registryId: stranger }));
    await expect(all).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const named = new DescribeRepositoriesCommand({ registryId: stranger, repositoryNames: ['team/app'] });
    await expect(app.ecr().send(named)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: denied('ecr:DescribeRepositories', `arn:aws:ecr:${region}:${stranger}:repository/team/app`),
    });
  });

  test('of its own account it is as without', async () => {
    const command = new ListImagesCommand({ registryId: account, repositoryName: 'team/app' });
    expect((await app.ecr().send(command)).imageIds).toEqual([]);
  });
});

describe('on registry hosts', () => {
  test.each(['us-east-1', 'eu-central-1', 'ap-southeast-2'])(
    'a token of one region opens the registry of %s, which is its own',
    async (place) => {
      const repository = `in-${place}`;
      await app.createRepositories([repository], { region: place });
      const authorization = basic(await newPassword());
      const here = await at(authorization, registryHost(account, place), '/v2/_catalog');
      expect(JSON.parse(here.body.toString())).toMatchObject({ repositories: expect.arrayContaining([repository]) });
      const elsewhere = await at(authorization, registryHost(account, 'sa-east-1'), `/v2/${repository}/tags/list`);
      expect(elsewhere.status).toBe(404);
    },
  );

  test('on a bare host the registry is the one that the token was issued for', async () => {
    const west = { region: 'us-west-2' };
    await app.createRepositories(['west'], west);
    const { password } = (await app.admin('login-password', { region: 'us-west-2' })) as { password: string };
    expect((await at(basic(password), app.host, '/v2/west/tags/list')).status).toBe(200);
    expect((await at(basic(await newPassword()), app.host, '/v2/west/tags/list')).status).toBe(404);
  });

  test('another account enters its own registry and none of the first', async () => {
    const other = (await app.admin('accounts.create', { account: stranger })) as Credentials;
    await app.createRepositories(['team/app'], { credentials: other });
    const authorization = await app.logIn({ credentials: other });
    expect((await at(authorization, registryHost(stranger, region), '/v2/team/app/tags/list')).status).toBe(200);
    expect((await at(authorization, registryHost(account, region), '/v2/team/app/tags/list')).status).toBe(403);
  });
});
