import { CreateRepositoryCommand, ListImagesCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { account, region, startApp, type RunningApp } from '../../support/app.ts';
import { makeUser, policyOf, type MadeUser } from '../../support/iam.ts';
import { assume, keysOf, makeRole } from '../../support/sessions.ts';
import type { Credentials } from '../../support/stowage.ts';
import { sendSigned } from '../../support/wire/signed-requests.ts';

const pull = { Effect: 'Allow', Action: 'ecr:ListImages', Resource: '*' };
const federate = { Effect: 'Allow', Action: ['sts:GetFederationToken', 'sts:TagSession'], Resource: '*' };
const everything = { Effect: 'Allow', Action: '*', Resource: '*' };

let app: RunningApp;
let user: MadeUser;

beforeAll(async () => {
  app = await startApp({ repositories: ['team/app'] });
  user = await makeUser(app.iam(), 'Ada', pull, federate);
});

afterAll(async () => {
  await app.close();
});

const stsOf = (credentials: Credentials) => app.sts({ credentials });
const listAs = async (credentials: Credentials) =>
  await app.ecr({ credentials }).send(new ListImagesCommand({ repositoryName: 'team/app' }));

describe('a session of GetSessionToken', () => {
  test('is the user, for twelve hours', async () => {
    const { Credentials: given } = await stsOf(user).getSessionToken({});
    expect(Math.abs((given?.Expiration?.getTime() ?? 0) - app.now() - 43_200_000)).toBeLessThan(10_000);
    const session = keysOf(given);
    expect(await stsOf(session).getCallerIdentity({})).toMatchObject({
      UserId: user.id,
      Arn: user.arn,
      Account: account,
    });
    expect((await listAs(session)).imageIds).toEqual([]);
  });

  test('needs no permission', async () => {
    const poor = await makeUser(app.iam(), 'poor', { Effect: 'Deny', Action: '*', Resource: '*' });
    expect((await stsOf(poor).getSessionToken({})).Credentials?.AccessKeyId).toMatch(/^ASIA/);
  });

  test('tells policies when it was issued', async () => {
    const issued = new Date(app.now() + 60_000).toISOString();
    const condition = { DateLessThan: { 'aws:TokenIssueTime': issued } };
    const watched = await makeUser(app.iam(), 'watched', pull, { ...everything, Effect: 'Deny', Condition: condition });
    const session = keysOf((await stsOf(watched).getSessionToken({})).Credentials);
    await expect(listAs(session)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect((await listAs(watched)).imageIds).toEqual([]);
  });

  test('calls nothing in IAM, and in STS AssumeRole and GetCallerIdentity only', async () => {
    const admin = app.credentials();
    const session = keysOf((await stsOf(admin).getSessionToken({})).Credentials);
    const refused = { name: 'InvalidClientTokenId', $metadata: { httpStatusCode: 403 } };
    await expect(app.iam({ credentials: session }).listUsers({})).rejects.toMatchObject(refused);
    const sts = stsOf(session);
    for (const [operation, ask] of [
      ['GetSessionToken', () => sts.getSessionToken({})],
      ['GetFederationToken', () => sts.getFederationToken({ Name: 'someone' })],
      ['GetAccessKeyInfo', () => sts.getAccessKeyInfo({ AccessKeyId: user.accessKeyId })],
      ['DecodeAuthorizationMessage', () => sts.decodeAuthorizationMessage({ EncodedMessage: 'x' })],
    ] as const)
      await expect(ask()).rejects.toMatchObject({
        name: 'AccessDenied',
        message: `Cannot call ${operation} with session credentials`,
      });
    const role = await makeRole(app.iam(), 'FromSession');
    expect((await assume(sts, role)).accessKeyId).toMatch(/^ASIA/);
  });

  test.each([{ SerialNumber: 'arn:aws:iam::123456789012:mfa/me' }, { TokenCode: '123456' }])(
    'with a second factor is refused by name: %j',
    async (input) => {
      await expect(stsOf(user).getSessionToken(input)).rejects.toMatchObject({
        name: 'ValidationError',
        message: expect.stringContaining('Multi-factor authentication is not built yet'),
      });
    },
  );
});

describe('a session of GetFederationToken', () => {
  test('may what the user may and its policy allows', async () => {
    const answer = await stsOf(user).getFederationToken({ Name: 'Bob', Policy: policyOf(everything) });
    const arn = `arn:aws:sts::${account}:federated-user/Bob`;
    expect(answer.FederatedUser).toEqual({ FederatedUserId: `${account}:Bob`, Arn: arn });
    expect(answer.PackedPolicySize).toBeGreaterThan(0);
    const session = keysOf(answer.Credentials);
    expect(await stsOf(session).getCallerIdentity({})).toMatchObject({ UserId: `${account}:Bob`, Arn: arn });
    expect((await listAs(session)).imageIds).toEqual([]);
    const create = app.ecr({ credentials: session }).send(new CreateRepositoryCommand({ repositoryName: 'xy' }));
    await expect(create).rejects.toMatchObject({
      message: `User: ${arn} is not authorized to perform: ecr:CreateRepository on resource: arn:aws:ecr:${region}:${account}:repository/xy because no identity-based policy allows the ecr:CreateRepository action`,
    });
  });

  test('without policies may nothing', async () => {
    const session = keysOf((await stsOf(user).getFederationToken({ Name: 'Bare' })).Credentials);
    await expect(listAs(session)).rejects.toMatchObject({
      message: expect.stringContaining('because no session policy allows the ecr:ListImages action'),
    });
  });

  test('has its tags over those of its user', async () => {
    const tagged = await makeUser(app.iam(), 'tagged', federate, {
      ...pull,
      Condition: { StringEquals: { 'aws:PrincipalTag/team': 'blue', 'aws:PrincipalTag/kept': 'yes' } },
    });
    await app.iam().tagUser({
      UserName: 'tagged',
      Tags: [
        { Key: 'Team', Value: 'red' },
        { Key: 'kept', Value: 'yes' },
      ],
    });
    const input = { Name: 'Cy', Policy: policyOf(everything) };
    const red = keysOf((await stsOf(tagged).getFederationToken(input)).Credentials);
    await expect(listAs(red)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const Tags = [{ Key: 'TEAM', Value: 'blue' }];
    const blue = keysOf((await stsOf(tagged).getFederationToken({ ...input, Tags })).Credentials);
    expect((await listAs(blue)).imageIds).toEqual([]);
  });

  test('calls nothing in IAM, and in STS GetCallerIdentity only', async () => {
    const Policy = policyOf(everything);
    const session = keysOf((await app.sts().getFederationToken({ Name: 'Dee', Policy })).Credentials);
    await expect(app.iam({ credentials: session }).listUsers({})).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    });
    const role = await makeRole(app.iam(), 'NotForFederated');
    await expect(assume(stsOf(session), role)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: 'Cannot call AssumeRole with session credentials',
    });
    expect((await stsOf(session).getCallerIdentity({})).Account).toBe(account);
  });

  test('needs permission, on the ARN of the federated user', async () => {
    const poor = await makeUser(app.iam(), 'unfederated');
    await expect(stsOf(poor).getFederationToken({ Name: 'Eve' })).rejects.toMatchObject({
      name: 'AccessDenied',
      message: `User: ${poor.arn} is not authorized to perform: sts:GetFederationToken on resource: arn:aws:sts::${account}:federated-user/Eve because no identity-based policy allows the sts:GetFederationToken action`,
    });
    const untagged = await makeUser(app.iam(), 'untagged', { ...federate, Action: 'sts:GetFederationToken' });
    await expect(
      stsOf(untagged).getFederationToken({ Name: 'Eve', Tags: [{ Key: 'a', Value: 'b' }] }),
    ).rejects.toMatchObject({ message: expect.stringContaining('is not authorized to perform: sts:TagSession') });
  });

  test('is not for sessions of roles', async () => {
    const role = await makeRole(app.iam(), 'Launderer', { may: [everything] });
    const session = await assume(app.sts(), role);
    await expect(stsOf(session).getFederationToken({ Name: 'Eve' })).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

describe('a session token', () => {
  let session: Credentials;
  beforeAll(async () => {
    session = keysOf((await stsOf(user).getSessionToken({})).Credentials);
  });

  test.each([
    ['none at all', (): string | undefined => undefined],
    ['an empty one', () => ''],
    ['one of which a character differs', (token: string) => token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A')],
    ['one that begins otherwise', (token: string) => `B${token.slice(1)}`],
    ['one cut short', (token: string) => token.slice(0, 40)],
    ['one with a stray character', (token: string) => `${token}=`],
    ['one with more behind it', (token: string) => `${token}AAAA`],
    ['one of 8,500 characters', () => 'A'.repeat(8500)],
    ['text that is no base64', () => '***'],
  ])('is told as an unknown key where it is %s', async (_, change) => {
    const sessionToken = change(session.sessionToken ?? '');
    const changed = { ...session, ...(sessionToken === undefined ? { sessionToken: undefined } : { sessionToken }) };
    await expect(stsOf(changed as Credentials).getCallerIdentity({})).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
      $metadata: { httpStatusCode: 403 },
      message: 'The security token included in the request is invalid.',
    });
    await expect(listAs(changed as Credentials)).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
  });

  test('belongs to its key, and no key of a user has one', async () => {
    const other = keysOf((await stsOf(user).getSessionToken({})).Credentials);
    const { sessionToken = '' } = session;
    for (const mixed of [
      { ...other, sessionToken },
      { ...user, sessionToken },
    ])
      await expect(stsOf(mixed).getCallerIdentity({})).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
    await expect(
      stsOf({ ...session, secretAccessKey: other.secretAccessKey }).getCallerIdentity({}),
    ).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
  });

  test('of another installation is nothing here', async () => {
    const stranger = await startApp();
    try {
      const foreign = keysOf((await stranger.sts().getSessionToken({})).Credentials);
      await expect(stsOf(foreign).getCallerIdentity({})).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
    } finally {
      await stranger.close();
    }
  });

  test('survives a restart, since nothing of it is stored', async () => {
    await app.restart();
    expect((await stsOf(session).getCallerIdentity({})).Arn).toBe(user.arn);
  });
});

test('GetAccessKeyInfo tells the account of any key', async () => {
  const { Credentials: given } = await app.sts().getSessionToken({});
  for (const AccessKeyId of [user.accessKeyId, given?.AccessKeyId ?? ''])
    expect((await app.sts().getAccessKeyInfo({ AccessKeyId })).Account).toBe(account);
  await expect(stsOf(user).getAccessKeyInfo({ AccessKeyId: user.accessKeyId })).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining('is not authorized to perform: sts:GetAccessKeyInfo on resource: *'),
  });
});

test('AssumeRoleWithWebIdentity says that it is not built', async () => {
  const body = 'Action=AssumeRoleWithWebIdentity&Version=2011-06-15';
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await app.ask('POST', '/', headers, Buffer.from(body));
  expect([answer.status, answer.body.toString()]).toEqual([501, expect.stringContaining('AssumeRoleWithWebIdentity')]);
});

/** A signed request of the Query protocol that wants JSON. */
async function askJson(credentials: Credentials, form: Readonly<Record<string, string>>) {
  const answer = await sendSigned({
    url: app.url,
    service: 'sts',
    credentials,
    time: app.now(),
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ Version: '2011-06-15', ...form }).toString(),
  });
  return { ...answer, json: JSON.parse(answer.body) as unknown };
}

describe('answers in JSON', () => {
  test('have the same value in the form of AWS', async () => {
    const answer = await askJson(user, { Action: 'GetCallerIdentity' });
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.json).toEqual({
      GetCallerIdentityResponse: {
        GetCallerIdentityResult: { UserId: user.id, Account: account, Arn: user.arn },
        ResponseMetadata: { RequestId: answer.headers.get('x-amzn-requestid') },
      },
    });
  });

  test('give times as seconds, and errors', async () => {
    const { json } = await askJson(user, { Action: 'GetSessionToken', DurationSeconds: '900' });
    const { GetSessionTokenResponse } = json as {
      GetSessionTokenResponse: { GetSessionTokenResult: { Credentials: { Expiration: number } } };
    };
    const { Expiration } = GetSessionTokenResponse.GetSessionTokenResult.Credentials;
    expect(Math.abs(Expiration * 1000 - app.now() - 900_000)).toBeLessThan(10_000);
    const refused = await askJson(user, { Action: 'GetAccessKeyInfo', AccessKeyId: user.accessKeyId });
    expect([refused.status, refused.json]).toEqual([
      403,
      {
        Error: { Code: 'AccessDenied', Message: expect.stringContaining('sts:GetAccessKeyInfo'), Type: 'Sender' },
        RequestId: refused.headers.get('x-amzn-requestid'),
      },
    ]);
  });
});
