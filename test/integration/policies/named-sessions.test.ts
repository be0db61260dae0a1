/** Policies that name one session of a role: the other sessions of the role are not meant. */
import { SetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { account, startApp, type RunningApp } from '../../support/app.ts';
import { policyOf } from '../../support/iam.ts';
import { seededImage } from '../../support/images.ts';
import { assume, makeRole, roleArnOf, trusting } from '../../support/sessions.ts';

const login = { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' };
const sessionArn = (name: string): string => `arn:aws:sts::${account}:assumed-role/shared/${name}`;

let app: RunningApp;

beforeAll(async () => {
  app = await startApp({ repositories: ['by-session'] });
  await app.registry.pushImage('by-session', seededImage('by session'), 'v1');
  await makeRole(app.iam(), 'shared', { may: [login, { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' }] });
});

afterAll(async () => {
  await app.close();
});

const session = (name: string) => assume(app.sts(), roleArnOf('shared'), { RoleSessionName: name });

async function pull(name: string): Promise<number> {
  const authorization = await app.logIn({ credentials: await session(name) });
  return (await app.ask('GET', '/v2/by-session/manifests/v1', { authorization })).status;
}

test('of a repository', async () => {
  const policyText = policyOf({
    Effect: 'Allow',
    Principal: { AWS: sessionArn('alice') },
    Action: 'ecr:BatchGetImage',
  });
  await app.ecr().send(new SetRepositoryPolicyCommand({ repositoryName: 'by-session', policyText }));
  expect(await pull('alice')).toBe(200);
  expect(await pull('mallory')).toBe(403);
});

test('of a role that is to be assumed', async () => {
  await makeRole(app.iam(), 'next', { trust: [trusting(sessionArn('alice'))] });
  const next = async (name: string) => await assume(app.sts({ credentials: await session(name) }), roleArnOf('next'));
  expect(await next('alice')).toMatchObject({ sessionToken: expect.any(String) });
  await expect(next('mallory')).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('while conditions ask for the role of a session', async () => {
  const pulls = (arn: string) => ({
    ...{ Effect: 'Allow', Action: 'ecr:BatchGetImage', Resource: '*' },
    Condition: { ArnEquals: { 'aws:PrincipalArn': arn } },
  });
  const pullAs = async (name: string, arn: string): Promise<number> => {
    const role = await makeRole(app.iam(), name, { may: [login, pulls(arn)] });
    const authorization = await app.logIn({ credentials: await assume(app.sts(), role) });
    return (await app.ask('GET', '/v2/by-session/manifests/v1', { authorization })).status;
  };
  expect(await pullAs('by-role', roleArnOf('by-role'))).toBe(200);
  expect(await pullAs('by-name', `arn:aws:sts::${account}:assumed-role/by-name/work`)).toBe(403);
});
