/** Policies of repositories: set, shown, removed, and decided with on both fronts, across accounts. */
import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DeleteRepositoryPolicyCommand,
  GetRepositoryPolicyCommand,
  SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { account, region, startApp, type RunningApp } from '../../support/app.ts';
import { iamClient, makeUser } from '../../support/iam.ts';
import { seededImage } from '../../support/images.ts';
import { expectStatus, registryAt } from '../../support/registry.ts';
import type { Credentials } from '../../support/stowage.ts';

const other = '210987654321';
const pull = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];

let app: RunningApp;
let theirs: Credentials;

beforeAll(async () => {
  app = await startApp();
  theirs = (await app.admin('accounts.create', { account: other })) as Credentials;
});

afterAll(async () => {
  await app.close();
});

const policyOf = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });

const letIn = (who: unknown, actions: readonly string[], more: object = {}): object => ({
  Effect: 'Allow',
  Principal: who,
  Action: actions,
  ...more,
});

const set = (repositoryName: string, policyText: string, force?: boolean) =>
  app
    .ecr()
    .send(new SetRepositoryPolicyCommand({ repositoryName, policyText, ...(force === undefined ? {} : { force }) }));

const get = (repositoryName: string) => app.ecr().send(new GetRepositoryPolicyCommand({ repositoryName }));

describe('a policy of a repository', () => {
  test('is answered in the form that ECR writes, and kept so', async () => {
    await app.createRepositories(['form']);
    const given = policyOf({ Action: pull, Principal: '*', Effect: 'Allow', Sid: 'AllowPull' });
    const written = `{
  "Version" : "2012-10-17",
  "Statement" : [ {
    "Sid" : "AllowPull",
    "Effect" : "Allow",
    "Principal" : "*",
    "Action" : [ "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer" ]
  } ]
}`;
    expect(await set('form', given)).toMatchObject({
      registryId: account,
      repositoryName: 'form',
      policyText: written,
    });
    expect((await get('form')).policyText).toBe(written);
  });

  test('is told to be missing, before it is set and after it was removed', async () => {
    await app.createRepositories(['missing']);
    const text = `Repository policy does not exist for the repository with name 'missing' in the registry with id '${account}'`;
    const missing = { name: 'RepositoryPolicyNotFoundException', message: text };
    await expect(get('missing')).rejects.toMatchObject(missing);
    await set('missing', policyOf(letIn('*', pull)));
    const removed = await app.ecr().send(new DeleteRepositoryPolicyCommand({ repositoryName: 'missing' }));
    expect(removed.policyText).toContain('ecr:BatchGetImage');
    await expect(get('missing')).rejects.toMatchObject(missing);
    const again = app.ecr().send(new DeleteRepositoryPolicyCommand({ repositoryName: 'missing' }));
    await expect(again).rejects.toMatchObject(missing);
  });

  test('goes with its repository', async () => {
    await app.createRepositories(['brief']);
    await set('brief', policyOf(letIn({ AWS: other }, pull)));
    await app.ecr().send(new DeleteRepositoryCommand({ repositoryName: 'brief' }));
    await app.createRepositories(['brief']);
    await expect(get('brief')).rejects.toMatchObject({ name: 'RepositoryPolicyNotFoundException' });
    const asked = new BatchGetImageCommand({
      registryId: account,
      repositoryName: 'brief',
      imageIds: [{ imageTag: 'a' }],
    });
    await expect(app.ecr({ credentials: theirs }).send(asked)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test.each([
    ['what is no JSON', '{'],
    ['a document without statements', '{"Version":"2012-10-17"}'],
    ['a statement without principal', policyOf({ Effect: 'Allow', Action: pull })],
    [
      'an unknown user of an account that is here',
      policyOf(letIn({ AWS: `arn:aws:iam::${account}:user/nobody` }, pull)),
    ],
    [
      'an unknown role of an account that is here',
      policyOf(letIn({ AWS: `arn:aws:iam::${other}:role/nothing` }, pull)),
    ],
    [
      'a resource that is another repository',
      policyOf(letIn('*', pull, { Resource: `arn:aws:ecr:${region}:${account}:repository/other` })),
    ],
  ])('is refused with %s', async (_, text) => {
    await app.createRepositories(['refused']).catch(() => {});
    await expect(set('refused', text)).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
    });
  });

  test('that would lock its author out needs to be meant', async () => {
    await app.createRepositories(['locked']);
    const deny = policyOf({ Effect: 'Deny', Principal: '*', Action: 'ecr:*' });
    await expect(set('locked', deny)).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(get('locked')).rejects.toMatchObject({ name: 'RepositoryPolicyNotFoundException' });
    await set('locked', deny, true);
    await expect(set('locked', policyOf(letIn('*', pull)))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('with an explicit deny in a resource-based policy'),
    });
    // the operator at the machine has a way back
    const place = { repository: 'locked', region };
    expect(await app.admin('policies.show', place)).toMatchObject({ text: expect.stringContaining('"Deny"') });
    expect(await app.admin('policies.remove', place)).toMatchObject({ text: expect.stringContaining('"Deny"') });
    await set('locked', policyOf(letIn('*', pull)));
  });
});

test('is set by who may do so by a tag of the repository, and is not taken for a lock-out', async () => {
  await app
    .ecr()
    .send(new CreateRepositoryCommand({ repositoryName: 'tagged', tags: [{ Key: 'team', Value: 'blue' }] }));
  const iam = iamClient(app.url, app.credentials());
  const credentials = await makeUser(iam, 'blue', {
    Effect: 'Allow',
    Action: 'ecr:SetRepositoryPolicy',
    Resource: '*',
    Condition: { StringEquals: { 'aws:ResourceTag/team': 'blue' } },
  });
  iam.destroy();
  const policyText = policyOf(letIn('*', pull));
  const asked = new SetRepositoryPolicyCommand({ repositoryName: 'tagged', policyText });
  expect((await app.ecr({ credentials }).send(asked)).repositoryName).toBe('tagged');
});

describe('an account of its own', () => {
  test('is let in by a policy to pull, on both fronts, and no further', async () => {
    await app.createRepositories(['shared']);
    const image = seededImage('policies');
    await app.registry.pushImage('shared', image, 'v1');
    const authorization = await app.logIn({ credentials: theirs });
    const registry = registryAt(app.url, authorization);
    const host = { host: `${account}.dkr.ecr.${region}.amazonaws.com` };
    const manifest = async () => (await app.ask('GET', '/v2/shared/manifests/v1', { authorization, ...host })).status;
    const ask = () =>
      app
        .ecr({ credentials: theirs })
        .send(
          new BatchGetImageCommand({ registryId: account, repositoryName: 'shared', imageIds: [{ imageTag: 'v1' }] }),
        );
    const text = `User: arn:aws:iam::${other}:user/admin is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:${region}:${account}:repository/shared because no resource-based policy allows the ecr:BatchGetImage action`;

    expect(await manifest()).toBe(403);
    await expect(ask()).rejects.toMatchObject({ name: 'AccessDeniedException', message: text });

    await set('shared', policyOf(letIn({ AWS: `arn:aws:iam::${other}:root` }, pull)));
    expect(await manifest()).toBe(200);
    expect((await ask()).images).toHaveLength(1);
    const layer = image.layers[0]?.digest ?? '';
    expect((await app.ask('GET', `/v2/shared/blobs/${layer}`, { authorization, ...host })).status).toBe(200);
    expect((await app.ask('POST', '/v2/shared/blobs/uploads/', { authorization, ...host })).status).toBe(403);
    // by the bare name their token means their own registry
    await expectStatus(await registry.getManifest('shared', 'v1'), 404);

    await app.ecr().send(new DeleteRepositoryPolicyCommand({ repositoryName: 'shared' }));
    expect(await manifest()).toBe(403);
    await expect(ask()).rejects.toMatchObject({ name: 'AccessDeniedException', message: text });
  });

  test('that a policy names before it is here stays outside until the policy is saved again', async () => {
    const later = '333333333333';
    await app.createRepositories(['early']);
    await app.registry.pushImage('early', seededImage('policies'), 'v1');
    const policy = policyOf(letIn({ AWS: [later, `arn:aws:iam::${later}:user/admin`] }, pull));
    await set('early', policy);
    const credentials = (await app.admin('accounts.create', { account: later })) as Credentials;
    const asked = new BatchGetImageCommand({
      registryId: account,
      repositoryName: 'early',
      imageIds: [{ imageTag: 'v1' }],
    });
    await expect(app.ecr({ credentials }).send(asked)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await set('early', policy);
    expect((await app.ecr({ credentials }).send(asked)).images).toHaveLength(1);
  });

  test('is let in to push as well', async () => {
    await app.createRepositories(['inbox']);
    const push = [
      'BatchCheckLayerAvailability',
      'InitiateLayerUpload',
      'UploadLayerPart',
      'CompleteLayerUpload',
      'PutImage',
    ];
    await set(
      'inbox',
      policyOf(
        letIn(
          { AWS: other },
          push.map((action) => `ecr:${action}`),
        ),
      ),
    );
    const token = await app.logIn({ credentials: theirs });
    const host = `${account}.dkr.ecr.${region}.amazonaws.com`;
    const begun = await app.ask('POST', '/v2/inbox/blobs/uploads/', { authorization: token, host });
    expect(begun.status).toBe(202);
    expect((await app.ask('GET', '/v2/inbox/tags/list', { authorization: token, host })).status).toBe(403);
  });

  test('cannot make repositories in a registry that is not its own', async () => {
    const made = app
      .ecr({ credentials: theirs })
      .send(new CreateRepositoryCommand({ registryId: account, repositoryName: 'theirs' }));
    await expect(made).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});
