/**
 * Tags of a repository, and which image is meant, are read for a policy wherever it stands: with the caller, at the
 * resource, on the way between.
 */
import { DeleteRegistryPolicyCommand, PutRegistryPolicyCommand, TagResourceCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { account, region, startApp, type RunningApp } from '../../support/app.ts';
import { iamClient, makeUser, policyOf } from '../../support/iam.ts';
import { seededImage } from '../../support/images.ts';
import { assume, makeRole } from '../../support/sessions.ts';
import type { Credentials } from '../../support/stowage.ts';
import { createVisitor } from '../private-access/visitor.ts';

const everything = { Effect: 'Allow', Action: '*', Resource: '*' };
const conditions = {
  tags: { StringEquals: { 'ecr:ResourceTag/color': 'red' } },
  image: { StringEquals: { 'stowage:ImageTag': 'v1' } },
};
type What = keyof typeof conditions;
const whats = Object.keys(conditions) as What[];

/** Lets everything be done but pulls of what is not meant. */
const narrowed = (what: What, more: object = {}): object[] => [
  { Effect: 'Allow', NotAction: 'ecr:BatchGetImage', Resource: '*', ...more },
  { Effect: 'Allow', Action: 'ecr:BatchGetImage', Resource: '*', Condition: conditions[what], ...more },
];

const byEndpoint = { tags: '127.0.1.81', image: '127.0.1.82' };
const yaml = JSON.stringify({
  endpoints: whats.map((what) => ({
    ...{ id: `vpce-${what}`, vpc: 'vpc-1', account, networks: byEndpoint[what] },
    services: Object.fromEntries(
      ['ecr.api', 'ecr.dkr'].map((service) => [
        service,
        { Version: '2012-10-17', Statement: narrowed(what, { Principal: '*' }) },
      ]),
    ),
  })),
});

let app: RunningApp;

beforeAll(async () => {
  app = await startApp({ yaml, repositories: ['red', 'blue'] });
  for (const [name, tag] of [
    ['red', 'v1'],
    ['red', 'v2'],
    ['blue', 'v1'],
  ] as const)
    await app.registry.pushImage(name, seededImage(`${name} ${tag}`), tag);
  for (const name of ['red', 'blue']) {
    const resourceArn = `arn:aws:ecr:${region}:${account}:repository/${name}`;
    await app.ecr().send(new TagResourceCommand({ resourceArn, tags: [{ Key: 'color', Value: name }] }));
  }
});

afterAll(async () => {
  await app.close();
});

/** What is to be pulled, and what not. */
const paths: Readonly<Record<What, readonly [string, string]>> = {
  tags: ['red/manifests/v1', 'blue/manifests/v1'],
  image: ['red/manifests/v1', 'red/manifests/v2'],
};

async function expectNarrowed(what: What, credentials: Credentials, from = '127.0.0.1'): Promise<void> {
  const visitor = createVisitor({ url: app.url, credentials, from });
  const authorization = await visitor.logIn();
  const statuses = [];
  for (const path of paths[what]) statuses.push((await visitor.ask('GET', `/v2/${path}`, { authorization })).status);
  visitor.close();
  expect(statuses).toEqual([200, 403]);
}

async function withUser<T>(run: (iam: ReturnType<typeof iamClient>) => Promise<T>): Promise<T> {
  const iam = iamClient(app.url, app.credentials());
  return await run(iam).finally(() => iam.destroy());
}

describe.each(whats)('%s', (what) => {
  test('for a policy of the user', async () => {
    await expectNarrowed(what, await withUser((iam) => makeUser(iam, `own-${what}`, ...narrowed(what))));
  });

  test('for a permissions boundary', async () => {
    const name = `bounded-${what}`;
    const user = await withUser((iam) => makeUser(iam, name, everything));
    const PolicyDocument = policyOf(...narrowed(what));
    const { Policy } = await app.iam().createPolicy({ PolicyName: name, PolicyDocument });
    await app.iam().putUserPermissionsBoundary({ UserName: name, PermissionsBoundary: Policy?.Arn });
    await expectNarrowed(what, user);
  });

  test('for a session policy', async () => {
    const role = await makeRole(app.iam(), `session-${what}`, { may: [everything] });
    await expectNarrowed(what, await assume(app.sts(), role, { Policy: policyOf(...narrowed(what)) }));
  });

  test('for a registry policy', async () => {
    const others = { StringNotEquals: Object.values(conditions[what])[0] };
    const deny = { Effect: 'Deny', Principal: '*', Action: 'ecr:BatchGetImage', Resource: '*', Condition: others };
    await app.ecr().send(new PutRegistryPolicyCommand({ policyText: policyOf(deny) }));
    await expectNarrowed(what, app.credentials());
    await app.ecr().send(new DeleteRegistryPolicyCommand({}));
  });

  test('for the policy of an endpoint', async () => {
    await expectNarrowed(what, app.credentials(), byEndpoint[what]);
  });
});
