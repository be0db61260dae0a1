/** A URL of a layer that was asked for with the key of a service ends with the key. */
import { GetDownloadUrlForLayerCommand, SetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { account, region, startApp, type RunningApp } from '../../support/app.ts';
import { policyOf } from '../../support/iam.ts';
import { seededImage } from '../../support/images.ts';
import type { Credentials } from '../../support/stowage.ts';

const service = 'lambda.amazonaws.com';
const sourceArn = `arn:aws:lambda:${region}:${account}:function:thumbnails`;
const image = seededImage('for a service');
const layerDigest = image.layers[0]?.digest ?? '';

let app: RunningApp;

beforeAll(async () => {
  app = await startApp({ repositories: ['function'] });
  await app.registry.pushImage('function', image, 'v1');
  const policyText = policyOf({
    Effect: 'Allow',
    Principal: { Service: service },
    Action: 'ecr:GetDownloadUrlForLayer',
  });
  await app.ecr().send(new SetRepositoryPolicyCommand({ repositoryName: 'function', policyText }));
});

afterAll(async () => {
  await app.close();
});

test.each([
  ['when it expires', async () => app.advance(61_000)],
  [
    'when it is taken back',
    async ({ accessKeyId }: Credentials) => {
      await app.admin('service-credentials.revoke', { account, accessKeyId });
    },
  ],
])('%s', async (_, end) => {
  const key = (await app.admin('service-credentials.create', {
    account,
    service,
    sourceArn,
    life: 60_000,
  })) as Credentials;
  const credentials = { accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey };
  const command = new GetDownloadUrlForLayerCommand({ repositoryName: 'function', layerDigest });
  const { downloadUrl = '' } = await app.ecr({ credentials }).send(command);
  const { pathname, search } = new URL(downloadUrl);
  const redeem = async () => (await app.ask('GET', pathname + search)).status;
  expect(await redeem()).toBe(200);
  await end(credentials);
  expect(await redeem()).toBe(403);
});
