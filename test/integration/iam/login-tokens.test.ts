/** Login tokens made with temporary credentials keep what the session is, and live longer than it. */
import { GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type RunningApp } from '../../support/app.ts';
import { makeUser, policyOf } from '../../support/iam.ts';
import { assume, keysOf, makeRole } from '../../support/sessions.ts';
import type { Credentials } from '../../support/stowage.ts';

const hour = 3_600_000;
const everything = { Effect: 'Allow', Action: '*', Resource: '*' };
const reads = { Effect: 'Allow', Action: ['ecr:GetAuthorizationToken', 'ecr:ListImages'], Resource: '*' };

let app: RunningApp;

beforeAll(async () => {
  app = await startApp({ repositories: ['team/app'] });
});

afterAll(async () => {
  await app.close();
});

const logInWith = async (credentials: Credentials): Promise<string> => await app.logIn({ credentials });
const ask = async (authorization: string, method = 'GET', path = 'tags/list') =>
  await app.ask(method, `/v2/team/app/${path}`, { authorization });

describe('a login token of a session', () => {
  test('lives its twelve hours, also when the session has ended', async () => {
    const role = await makeRole(app.iam(), 'Short', { may: [reads] });
    const session = await assume(app.sts(), role, { DurationSeconds: 900 });
    const authorization = await logInWith(session);
    app.advance(hour);
    const command = new GetAuthorizationTokenCommand({});
    await expect(app.ecr({ credentials: session }).send(command)).rejects.toMatchObject({
      name: 'ExpiredTokenException',
    });
    expect((await ask(authorization)).status).toBe(200);
    app.advance(10 * hour + 59 * 60_000);
    expect((await ask(authorization)).status).toBe(200);
    app.advance(60_000);
    expect((await ask(authorization)).status).toBe(401);
  });

  test('is narrowed by the session policy as the session is, also after a restart', async () => {
    const role = await makeRole(app.iam(), 'Narrow', { may: [everything] });
    const authorization = await logInWith(await assume(app.sts(), role, { Policy: policyOf(reads) }));
    const state = async () => [
      (await ask(authorization)).status,
      (await ask(authorization, 'POST', 'blobs/uploads/')).status,
    ];
    expect(await state()).toEqual([200, 403]);
    await app.restart();
    expect(await state()).toEqual([200, 403]);
    const { headers } = await ask(authorization, 'POST', 'blobs/uploads/');
    expect(headers['x-stowage-message']).toMatch(
      /^User: arn:aws:sts::\d{12}:assumed-role\/Narrow\/work is not authorized .* because no session policy allows the ecr:InitiateLayerUpload action$/,
    );
  });

  test('keeps its tags, source identity and time of issue', async () => {
    const issued = app.now();
    const between = {
      DateGreaterThan: { 'aws:TokenIssueTime': new Date(issued - 60_000).toISOString() },
      DateLessThan: { 'aws:TokenIssueTime': new Date(issued + 60_000).toISOString() },
      StringEquals: { 'aws:PrincipalTag/team': 'blue', 'aws:SourceIdentity': 'ada' },
    };
    const role = await makeRole(app.iam(), 'Kept', {
      may: [
        { ...reads, Action: 'ecr:GetAuthorizationToken' },
        { ...reads, Action: 'ecr:ListImages', Condition: between },
      ],
    });
    const Tags = [{ Key: 'Team', Value: 'blue' }];
    const authorization = await logInWith(await assume(app.sts(), role, { Tags, SourceIdentity: 'ada' }));
    app.advance(hour);
    expect((await ask(authorization)).status).toBe(200);
    const later = await logInWith(await assume(app.sts(), role, { Tags, SourceIdentity: 'ada' }));
    expect((await ask(later)).status).toBe(403);
    expect((await ask(authorization)).status).toBe(200);
  });

  test('of a federated user is a federated user', async () => {
    const user = await makeUser(app.iam(), 'vouching', reads, { ...everything, Action: 'sts:GetFederationToken' });
    const answer = await app.sts({ credentials: user }).getFederationToken({ Name: 'guest', Policy: policyOf(reads) });
    const authorization = await logInWith(keysOf(answer.Credentials));
    expect((await ask(authorization)).status).toBe(200);
    expect((await ask(authorization, 'POST', 'blobs/uploads/')).headers['x-stowage-message']).toMatch(
      /federated-user\/guest is not authorized to perform: ecr:InitiateLayerUpload/,
    );
  });
});
