import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { account, basic, region, startApp, type Answer, type RunningApp } from '../../support/app.ts';
import { makeUser, policyOf, type MadeUser } from '../../support/iam.ts';
import type { Credentials } from '../../support/stowage.ts';

const header = 'x-stowage-authorization-message';
const other = '111111111111';
const token = { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' };
const decode = { Effect: 'Allow', Action: 'sts:DecodeAuthorizationMessage', Resource: '*' };

interface Decoded {
  readonly explicitDeny: boolean;
  readonly matchedStatements: { readonly items: readonly unknown[] };
  readonly context: {
    readonly principal: { readonly arn: string };
    readonly action: string;
    readonly resource: string;
    readonly conditions: { readonly items: readonly { readonly key: string; readonly values: object }[] };
  };
  readonly reason: Readonly<Record<string, string>>;
  readonly time: string;
}

let app: RunningApp;
let user: MadeUser;
let outsider: Credentials;

beforeAll(async () => {
  app = await startApp({ repositories: ['team/app'] });
  outsider = (await app.admin('accounts.create', { account: other })) as Credentials;
  user = await makeUser(app.iam(), 'denied', token, {
    Sid: 'NotThere',
    Effect: 'Deny',
    Action: 'ecr:PutImage',
    Resource: '*',
    Condition: { StringNotEquals: { 'aws:SourceVpce': 'vpce-1' }, Bool: { 'aws:SecureTransport': 'false' } },
  });
});

afterAll(async () => {
  await app.close();
});

async function open(EncodedMessage: string, credentials = app.credentials()): Promise<Decoded> {
  const { DecodedMessage } = await app.sts({ credentials }).decodeAuthorizationMessage({ EncodedMessage });
  return JSON.parse(DecodedMessage ?? '') as Decoded;
}

const messageOf = ({ headers }: { headers: Answer['headers'] }): string => String(headers[header]);

/** What the user's pull of tags is answered on the OCI front. */
async function denyPull(credentials: Credentials = user, path = '/v2/team/app/tags/list'): Promise<Answer> {
  return await app.ask('GET', path, { authorization: await app.logIn({ credentials }) });
}

/** The header of the denial that an SDK call meets. */
async function messageIn(denied: Promise<unknown>): Promise<string> {
  const error = await denied.then(
    () => new Error('it was allowed'),
    (found: unknown) => found,
  );
  const { $response } = error as { $response?: { headers: Record<string, string> } };
  return $response?.headers[header] ?? '';
}

describe('the message of a denial', () => {
  test('is on the OCI front, and says what was decided and why', async () => {
    const answer = await denyPull();
    expect(answer.status).toBe(403);
    const message = messageOf(answer);
    expect(message).toMatch(/^[\w-]{100,3072}$/);
    const decoded = await open(message);
    expect(decoded).toMatchObject({
      allowed: false,
      explicitDeny: false,
      context: {
        principal: { id: user.id, name: 'denied', arn: user.arn },
        action: 'ecr:ListImages',
        resource: `arn:aws:ecr:${region}:${account}:repository/team/app`,
      },
      reason: { effect: 'implicit-deny', policyType: 'identity-based' },
    });
    expect(Math.abs(Date.parse(decoded.time) - app.now())).toBeLessThan(60_000);
  });

  test('names the statement that denied and the keys that policies asked for', async () => {
    const authorization = await app.logIn({ credentials: user });
    const answer = await app.ask('PUT', '/v2/team/app/manifests/x', { authorization }, Buffer.from('{}'));
    const { explicitDeny, reason, matchedStatements, context } = await open(messageOf(answer));
    expect({ explicitDeny, reason, matchedStatements }).toMatchObject({
      explicitDeny: true,
      reason: { policyType: 'identity-based', policy: 'own', statement: 'NotThere' },
      matchedStatements: { items: [{ policy: 'own', statement: 'NotThere' }] },
    });
    const keys = Object.fromEntries(context.conditions.items.map(({ key, values }) => [key, values]));
    expect(keys['aws:securetransport']).toEqual({ items: [{ value: 'false' }] });
    expect(keys['aws:sourceip']).toEqual({ items: [{ value: '127.0.0.1' }] });
  });

  test('is on the JSON front and on the Query front', async () => {
    const create = app.ecr({ credentials: user }).send(new CreateRepositoryCommand({ repositoryName: 'xy' }));
    expect((await open(await messageIn(create))).context.action).toBe('ecr:CreateRepository');
    const list = app.iam({ credentials: user }).listUsers({});
    expect((await open(await messageIn(list))).context.action).toBe('iam:ListUsers');
  });

  test('is on no other refusal', async () => {
    const missing = await app.ask('GET', '/v2/none/there/tags/list', { authorization: app.authorization });
    expect([missing.status, missing.headers[header]]).toEqual([404, undefined]);
    const unknown = await app.ask('GET', '/v2/', { authorization: basic('LT1.x') });
    expect([unknown.status, unknown.headers[header]]).toEqual([401, undefined]);
  });
});

describe('DecodeAuthorizationMessage', () => {
  test('is for those who may', async () => {
    const message = messageOf(await denyPull());
    await expect(open(message, user)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('is not authorized to perform: sts:DecodeAuthorizationMessage on resource: *'),
    });
    const helper = await makeUser(app.iam(), 'decoder', decode);
    expect((await open(message, helper)).context.principal.arn).toBe(user.arn);
  });

  test('is for the account of who was denied, and keeps the policies of the other to itself', async () => {
    await app.iam().createRole({
      RoleName: 'Foreign',
      AssumeRolePolicyDocument: policyOf({
        Effect: 'Deny',
        Sid: 'Secret',
        Principal: { AWS: other },
        Action: 'sts:AssumeRole',
      }),
    });
    const RoleArn = `arn:aws:iam::${account}:role/Foreign`;
    const sts = app.sts({ credentials: outsider });
    const message = await messageIn(sts.assumeRole({ RoleArn, RoleSessionName: 'work' }));
    const { reason, matchedStatements } = await open(message, outsider);
    expect(reason).toEqual({ effect: 'explicit-deny', policyType: 'trust' });
    expect(matchedStatements).toEqual({ items: [] });
    await expect(open(message)).rejects.toMatchObject({ name: 'InvalidAuthorizationMessageException' });
  });

  test('opens a message for a day', async () => {
    const message = messageOf(await denyPull());
    app.advance(24 * 3_600_000 - 60_000);
    expect((await open(message)).context.action).toBe('ecr:ListImages');
    app.advance(120_000);
    await expect(open(message)).rejects.toMatchObject({
      name: 'InvalidAuthorizationMessageException',
      $metadata: { httpStatusCode: 400 },
    });
  });

  test.each([
    ['words', 'not a message'],
    ['one character', 'A'],
    ['many', 'A'.repeat(10_240)],
  ])('refuses %s', async (_, message) => {
    await expect(open(message)).rejects.toMatchObject({ name: 'InvalidAuthorizationMessageException' });
  });

  test('refuses a message of which a character differs', async () => {
    const message = messageOf(await denyPull());
    for (const place of [0, 3, 60, message.length - 5]) {
      const flipped = message[place] === 'A' ? 'B' : 'A';
      const altered = `${message.slice(0, place)}${flipped}${message.slice(place + 1)}`;
      await expect(open(altered)).rejects.toMatchObject({ name: 'InvalidAuthorizationMessageException' });
    }
  });

  test('has room for the longest context', async () => {
    const keys = Object.fromEntries(
      Array.from({ length: 36 }, (_, n) => [`aws:PrincipalTag/${n}-${'k'.repeat(16)}`, 'x']),
    );
    const wide = await makeUser(app.iam(), 'wide', token, {
      Effect: 'Deny',
      Action: 's3:*',
      Resource: '*',
      Condition: { StringEquals: keys },
    });
    for (let n = 0; n < 36; n++) {
      const Value = Array.from({ length: 200 }, () => Math.random().toString(36)[2]).join('');
      await app.iam().tagUser({ UserName: 'wide', Tags: [{ Key: `${n}-${'k'.repeat(16)}`, Value }] });
    }
    const message = messageOf(await denyPull(wide));
    expect(message.length).toBeLessThanOrEqual(3072);
    expect((await open(message)).context.principal.arn).toBe(wide.arn);
  });
});
