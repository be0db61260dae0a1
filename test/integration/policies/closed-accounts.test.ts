/** What a closed account has let others do ends with it, also where they are in the middle of it. */
import { BatchGetImageCommand, GetDownloadUrlForLayerCommand, SetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { account, region, startApp, type RunningApp } from '../../support/app.ts';
import { policyOf } from '../../support/iam.ts';
import { digestOf, seededImage } from '../../support/images.ts';
import { registryAt } from '../../support/registry.ts';
import { makeRole, roleArnOf, trusting } from '../../support/sessions.ts';
import type { Credentials } from '../../support/stowage.ts';

const other = '210987654321';
const image = seededImage('of the closed');
const layer = image.layers[0]?.digest ?? '';
const bytes = Buffer.from('begun before the end');

let app: RunningApp;

beforeAll(async () => {
  app = await startApp();
  const theirs = (await app.admin('accounts.create', { account: other })) as Credentials;
  const ecr = app.ecr({ credentials: theirs });
  await app.createRepositories(['open'], { credentials: theirs });
  await registryAt(app.url, await app.logIn({ credentials: theirs })).pushImage('open', image, 'v1');
  const policyText = policyOf({ Effect: 'Allow', Principal: { AWS: account }, Action: 'ecr:*' });
  await ecr.send(new SetRepositoryPolicyCommand({ repositoryName: 'open', policyText }));
  await makeRole(app.iam({ credentials: theirs }), 'open', { trust: [trusting(account)] });
});

afterAll(async () => {
  await app.close();
});

const headers = (more: Record<string, string> = {}) => ({
  authorization: app.authorization,
  host: `${other}.dkr.ecr.${region}.amazonaws.com`,
  ...more,
});

const asked = { registryId: other, repositoryName: 'open' };

const failure = async (answer: Promise<unknown>): Promise<string> =>
  await answer.then(
    () => 'allowed',
    (error: Error) => error.name,
  );

test('pulls, uploads under way, URLs of layers and roles', async () => {
  const pull = async () => (await app.ask('GET', '/v2/open/manifests/v1', headers())).status;
  const pullByApi = () =>
    failure(app.ecr().send(new BatchGetImageCommand({ ...asked, imageIds: [{ imageTag: 'v1' }] })));
  const assume = () => failure(app.sts().assumeRole({ RoleArn: roleArnOf('open', other), RoleSessionName: 'visitor' }));
  const startUpload = async () => (await app.ask('POST', '/v2/open/blobs/uploads/', headers())).headers.location ?? '';
  const upload = new URL(await startUpload()).pathname;
  const { downloadUrl = '' } = await app
    .ecr()
    .send(new GetDownloadUrlForLayerCommand({ ...asked, layerDigest: layer }));
  const { pathname, search } = new URL(downloadUrl);
  const redeem = async () => (await app.ask('GET', pathname + search)).status;
  const append = async () => (await app.ask('PATCH', upload, headers(), bytes)).status;
  const finish = async () => (await app.ask('PUT', `${upload}?digest=${digestOf(bytes)}`, headers())).status;
  expect([await pull(), await pullByApi(), await assume(), await redeem()]).toEqual([200, 'allowed', 'allowed', 200]);
  expect(await append()).toBe(202);

  await app.admin('accounts.close', { account: other });
  expect([await pull(), await pullByApi(), await assume(), await redeem()]).toEqual([
    403,
    'AccessDeniedException',
    'AccessDenied',
    403,
  ]);
  expect([await append(), await finish()]).toEqual([403, 403]);

  await app.admin('accounts.reopen', { account: other });
  expect([await pull(), await pullByApi(), await assume(), await redeem()]).toEqual([200, 'allowed', 'allowed', 200]);
  expect(await finish()).toBe(201);
});
