/** What the refusals of another account's resources tell: nothing of whether they are there, and nothing of their tags. */
import { BatchGetImageCommand, CreateRepositoryCommand, SetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { account, startApp, type RunningApp } from '../../support/app.ts';
import { iamClient, makeUser, policyOf, type MadeUser } from '../../support/iam.ts';
import { makeRole, roleArnOf, trusting } from '../../support/sessions.ts';
import type { Credentials } from '../../support/stowage.ts';

const other = '210987654321';
const tagged = { StringEquals: { 'aws:ResourceTag/plan': 'merger' } };
const decode = { Effect: 'Allow', Action: 'sts:DecodeAuthorizationMessage', Resource: '*' };

let app: RunningApp;
const spies: MadeUser[] = [];

beforeAll(async () => {
  app = await startApp();
  const tags = [{ Key: 'plan', Value: 'merger' }];
  await app.ecr().send(new CreateRepositoryCommand({ repositoryName: 'hidden', tags }));
  await app.ecr().send(new CreateRepositoryCommand({ repositoryName: 'watched', tags }));
  const policyText = policyOf({
    Effect: 'Allow',
    Principal: { AWS: other },
    Action: 'ecr:BatchGetImage',
    Condition: { StringEquals: { 'ecr:ResourceTag/plan': 'peace', 'aws:PrincipalTag/clearance': 'top' } },
  });
  await app.ecr().send(new SetRepositoryPolicyCommand({ repositoryName: 'watched', policyText }));
  await makeRole(app.iam(), 'hidden', { tags: { plan: 'merger' }, trust: [trusting(account)] });
  const administrator = (await app.admin('accounts.create', { account: other })) as Credentials;
  const iam = iamClient(app.url, administrator);
  const everything = { Effect: 'Allow', Action: '*', Resource: '*' };
  const conditioned = { Action: '*', Resource: '*', Condition: tagged };
  spies.push(await makeUser(iam, 'allowed', { Effect: 'Allow', ...conditioned }, decode));
  spies.push(await makeUser(iam, 'denied', everything, { Effect: 'Deny', ...conditioned }));
  iam.destroy();
});

afterAll(async () => {
  await app.close();
});

interface Refusal {
  readonly name: string;
  readonly message: string;
  readonly $response?: { readonly headers: Readonly<Record<string, string>> };
}

const refusal = async (asked: Promise<unknown>): Promise<Refusal> =>
  await asked.then(
    () => ({ name: 'allowed', message: '' }),
    (error: unknown) => error as Refusal,
  );

const pull = (credentials: Credentials, repositoryName: string) =>
  refusal(
    app
      .ecr({ credentials })
      .send(new BatchGetImageCommand({ registryId: account, repositoryName, imageIds: [{ imageTag: 'a' }] })),
  );

const assume = (credentials: Credentials, name: string) =>
  refusal(app.sts({ credentials }).assumeRole({ RoleArn: roleArnOf(name), RoleSessionName: 'spy' }));

describe.each([0, 1])('somebody whose own policy asks for tags (%i)', (which) => {
  test.each(['hidden', 'watched'])(
    'hears of the repository %s what they hear of one that is not there',
    async (name) => {
      const spy = spies[which] as MadeUser;
      const [there, missing] = [await pull(spy, name), await pull(spy, 'absent')];
      expect(missing).toMatchObject({ name: 'AccessDeniedException' });
      expect(there.message.replaceAll(name, 'absent')).toBe(missing.message);
    },
  );

  test('hears of a role what they hear of one that is not there', async () => {
    const spy = spies[which] as MadeUser;
    const [there, missing] = [await assume(spy, 'hidden'), await assume(spy, 'absent')];
    expect(missing).toMatchObject({ name: 'AccessDenied' });
    expect(there.message.replaceAll('hidden', 'absent')).toBe(missing.message);
  });
});

test('the sealed decision does not tell either, nor what the policy of the resource asks for', async () => {
  const spy = spies[0] as MadeUser;
  const { $response } = await pull(spy, 'watched');
  const EncodedMessage = $response?.headers['x-stowage-authorization-message'];
  const { DecodedMessage = '' } = await app.sts({ credentials: spy }).decodeAuthorizationMessage({ EncodedMessage });
  expect(JSON.parse(DecodedMessage)).toMatchObject({ allowed: false, context: { action: 'ecr:BatchGetImage' } });
  expect(DecodedMessage).not.toMatch(/plan|merger|peace|clearance/i);
});
