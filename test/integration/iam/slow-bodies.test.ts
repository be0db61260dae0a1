/** A request whose body takes its time is decided by what holds when the body is there, not by what held when it began. */
import { DescribeImagesCommand, DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import { request as open, type ClientRequest, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp, type RunningApp } from '../../support/app.ts';
import { iamClient, makeUser } from '../../support/iam.ts';
import { seededImage } from '../../support/images.ts';
import { signHeaders } from '../../support/wire/signed-requests.ts';

let app: RunningApp;

beforeAll(async () => {
  app = await startApp({ repositories: ['slow'] });
});

afterAll(async () => {
  await app.close();
});

interface Slow {
  /** Sends the rest. */
  finish(): Promise<{ status: number; body: string }>;
}

/** Sends the head of a request and all of its body but the last byte, and waits until the server has it. */
async function begin(method: string, path: string, headers: Record<string, string>, body: Buffer): Promise<Slow> {
  const sent: ClientRequest = open(new URL(path, app.url), {
    method,
    headers: { ...headers, 'content-length': String(body.length) },
    agent: false,
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sent.on('response', resolve);
    sent.on('error', reject);
  });
  await new Promise<void>((resolve) => {
    sent.write(body.subarray(0, -1), () => resolve());
  });
  await new Promise((resolve) => {
    setTimeout(resolve, 300);
  });
  return {
    async finish() {
      sent.end(body.subarray(-1));
      const answer = await answered;
      let text = '';
      for await (const piece of answer) text += String(piece);
      return { status: answer.statusCode ?? 0, body: text };
    },
  };
}

async function makeCaller(name: string) {
  const iam = iamClient(app.url, app.credentials());
  const user = await makeUser(iam, name, { Effect: 'Allow', Action: '*', Resource: '*' });
  iam.destroy();
  return user;
}

test('a key that is gone by then signs nothing', async () => {
  const { accessKeyId, secretAccessKey } = await makeCaller('leaver');
  const body = Buffer.from(JSON.stringify({ repositoryName: 'left-behind' }));
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.CreateRepository',
  };
  const credentials = { accessKeyId, secretAccessKey };
  const signed = await signHeaders({ url: app.url, service: 'ecr', credentials, headers, body, time: app.now() });
  const slow = await begin('POST', '/', signed, body);
  await app.iam().deleteAccessKey({ UserName: 'leaver', AccessKeyId: accessKeyId });
  app.advance(5000);
  expect(await slow.finish()).toMatchObject({
    status: 400,
    body: expect.stringContaining('UnrecognizedClientException'),
  });
  const names = { repositoryNames: ['left-behind'] };
  await expect(app.ecr().send(new DescribeRepositoriesCommand(names))).rejects.toMatchObject({
    name: 'RepositoryNotFoundException',
  });
});

test('rights that are gone by then allow nothing', async () => {
  const user = await makeCaller('demoted');
  const body = Buffer.from(JSON.stringify({ repositoryName: 'demoted' }));
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.CreateRepository',
  };
  const credentials = { accessKeyId: user.accessKeyId, secretAccessKey: user.secretAccessKey };
  const signed = await signHeaders({ url: app.url, service: 'ecr', credentials, headers, body, time: app.now() });
  const slow = await begin('POST', '/', signed, body);
  await app.iam().deleteUserPolicy({ UserName: 'demoted', PolicyName: 'own' });
  app.advance(5000);
  expect(await slow.finish()).toMatchObject({ status: 400, body: expect.stringContaining('AccessDeniedException') });
});

test.each([
  ['key', 401],
  ['policy', 403],
])('a manifest is not pushed with a login token whose %s is gone by then', async (what, status) => {
  const name = `pusher-${what}`;
  const user = await makeCaller(name);
  const authorization = await app.logIn({ credentials: user });
  const image = seededImage(name);
  await app.registry.pushImage('slow', image, 'there');
  const slow = await begin(
    'PUT',
    `/v2/slow/manifests/${name}`,
    { authorization, 'content-type': image.mediaType },
    image.manifest,
  );
  if (what === 'key') await app.iam().deleteAccessKey({ UserName: name, AccessKeyId: user.accessKeyId });
  else await app.iam().deleteUserPolicy({ UserName: name, PolicyName: 'own' });
  app.advance(5000);
  expect((await slow.finish()).status).toBe(status);
  const imageIds = [{ imageTag: name }];
  await expect(app.ecr().send(new DescribeImagesCommand({ repositoryName: 'slow', imageIds }))).rejects.toMatchObject({
    name: 'ImageNotFoundException',
  });
});

test('and who has lost nothing is answered however long it takes', async () => {
  const user = await makeCaller('patient');
  const authorization = await app.logIn({ credentials: user });
  const image = seededImage('patient');
  await app.registry.pushImage('slow', image, 'there');
  const type = { authorization, 'content-type': image.mediaType };
  const slow = await begin('PUT', '/v2/slow/manifests/patient', type, image.manifest);
  app.advance(60_000);
  expect((await slow.finish()).status).toBe(201);
});
