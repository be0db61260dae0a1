import { once } from 'node:events';
import { request as plainRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { CreateRepositoryCommand, GetDownloadUrlForLayerCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missing } from '../support/engines.ts';
import { digestOf, seededBytes, seededImage, type Image } from '../support/images.ts';
import { startClient } from '../support/true-names/named-clients.ts';
import { until } from '../support/process.ts';
import { account, region } from '../support/stowage.ts';
import { hostOf, plainPort, startTrueNames, type NamedRegistry, type TrueNames } from '../support/true-names/site.ts';

const here: NamedRegistry = { account, region };

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

async function answerTo(asked: ClientRequest): Promise<Answer> {
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
}

describe.skipIf(missing('namespace'))('HTTPS', () => {
  let site: TrueNames;
  let authorization: string;

  beforeAll(async () => {
    site = await startTrueNames([here.region]);
    authorization = `Basic ${Buffer.from(`AWS:${await site.password(here)}`).toString('base64')}`;
  });

  afterAll(async () => {
    await site?.close();
  });

  function ask(method: string, path: string): ClientRequest {
    return request({ host: hostOf(here), path, method, headers: { authorization }, agent: site.agent });
  }

  async function createRepository(registry: NamedRegistry, repositoryName: string): Promise<true> {
    await site.ecr(registry).send(new CreateRepositoryCommand({ repositoryName }));
    return true;
  }

  /** Has the certificate made anew with one more region, and waits until the server shows it. */
  async function add(registry: NamedRegistry, repository: string): Promise<void> {
    const nameIsWrong = { code: 'ERR_TLS_CERT_ALTNAME_INVALID' };
    await expect(createRepository(registry, repository)).rejects.toMatchObject(nameIsWrong);
    await site.certify([here.region, registry.region]);
    const reached = async (): Promise<true | undefined> => {
      try {
        return await createRepository(registry, repository);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === nameIsWrong.code) return undefined;
        throw error;
      }
    };
    await until(`${registry.region} is reached`, reached, { child: site.server });
  }

  async function pushBySkopeo(registry: NamedRegistry, push: { repository: string; image: Image }): Promise<string> {
    const client = await startClient('skopeo', { commands: site.namespace, env: site.awsEnv(registry) });
    await client.login(hostOf(registry), await site.password(registry));
    const digest = await client.push(`${hostOf(registry)}/${push.repository}:v1`, push.image);
    await client.close();
    return digest;
  }

  test.skipIf(missing('skopeo'))('is served beside plain HTTP, with the same images', async () => {
    await createRepository(here, 'both');
    const image = seededImage('both', 2, 20_000);
    expect(await pushBySkopeo(here, { repository: 'both', image })).toBe(image.digest);

    const path = '/v2/both/manifests/v1';
    const createConnection = () => site.namespace.connect(plainPort);
    const plain = plainRequest({ createConnection, path, method: 'HEAD', headers: { authorization } });
    const expected = { status: 200, headers: { 'docker-content-digest': image.digest } };
    expect(await answerTo(plain.end())).toMatchObject(expected);
    expect(await answerTo(ask('HEAD', path).end())).toMatchObject(expected);
  });

  test.skipIf(missing('skopeo'))('leads from the AWS API to layers under a name that its certificate has', async () => {
    await createRepository(here, 'layers');
    const image = seededImage('layers', 1, 20_000);
    await pushBySkopeo(here, { repository: 'layers', image });
    const { digest: layerDigest = '' } = image.layers[0] ?? {};
    const input = new GetDownloadUrlForLayerCommand({ repositoryName: 'layers', layerDigest });
    const { downloadUrl = '' } = await site.ecr(here).send(input);
    expect(downloadUrl).toMatch(/^https:/);
    const { status, body } = await answerTo(request(downloadUrl, { agent: site.agent }).end());
    expect([status, digestOf(body)]).toEqual([200, layerDigest]);
  });

  test('serves a region that the certificate gets while it runs, and open connections go on', async () => {
    await createRepository(here, 'open');
    const begin = ask('POST', '/v2/open/blobs/uploads/');
    const begun = await answerTo(begin.end());
    expect(begun.status).toBe(202);
    const layer = seededBytes('open', 3_000_000);
    const session = new URL(begun.headers.location ?? '', `https://${hostOf(here)}`);
    const patch = ask('PATCH', session.pathname);
    const patched = answerTo(patch);
    await new Promise((sent) => patch.write(layer.subarray(0, 1_000_000), sent));
    const idle = ask('GET', '/v2/');
    await answerTo(idle.end());

    await add({ account, region: 'ap-northeast-1' }, 'added');

    const again = ask('GET', '/v2/');
    expect((await answerTo(again.end())).status).toBe(200);
    expect(again.reusedSocket).toBe(true);
    expect(again.socket).toBe(idle.socket);
    patch.end(layer.subarray(1_000_000));
    expect((await patched).status).toBe(202);
    const digest = encodeURIComponent(digestOf(layer));
    expect((await answerTo(ask('PUT', `${session.pathname}?digest=${digest}`).end())).status).toBe(201);
  });

  test.skipIf(missing('skopeo'))(
    'is trusted in a region added later by clients that were told nothing new',
    async () => {
      const registry: NamedRegistry = { account, region: 'sa-east-1' };
      await add(registry, 'later');
      const image = seededImage('later', 2, 20_000);
      expect(await pushBySkopeo(registry, { repository: 'later', image })).toBe(image.digest);
    },
  );
});
