/**
 * Everything that can be asked of a repository × everybody who might ask × both fronts: each verdict is the one of a table
 * written by hand, and the same on the OCI front and on the JSON API.
 */
import {
  GetDownloadUrlForLayerCommand,
  ECRClient,
  PutAccountSettingCommand,
  PutImageCommand,
} from '@aws-sdk/client-ecr';
import { writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { account, region, startApp, type RunningApp } from '../../../support/app.ts';
import { temporaryFolder } from '../../../support/folders.ts';
import { makeArtifact, makeIndex, mediaTypes, seededImage, type Image } from '../../../support/images.ts';
import {
  askers,
  endpointAddress,
  endpointPolicy,
  forgetKey,
  may,
  names,
  share,
  type Asker,
  type TemporaryCredentials,
} from './principals.ts';
import { routes, type Contents, type OciRequest, type Route } from './routes.ts';

type Verdict = 'allowed' | 'denied' | 'unknown';
type Place = keyof typeof names;
const places: readonly Place[] = ['shared', 'closed'];

interface Ready {
  readonly asker: Asker;
  readonly authorization: string | undefined;
  readonly client: ECRClient;
  readonly agent: Agent;
}

const folder = temporaryFolder('matrix');
const ready = new Map<string, Ready>();
let app: RunningApp;
let contents: Contents;

const endpoints = {
  endpoints: [
    {
      id: 'vpce-0123456789abcdef0',
      vpc: 'vpc-0123456789abcdef0',
      account,
      networks: [endpointAddress],
      services: {
        'ecr.api': JSON.parse(endpointPolicy) as object,
        'ecr.dkr': JSON.parse(endpointPolicy) as object,
        sts: null,
        iam: null,
      },
    },
  ],
};

beforeAll(async () => {
  const config = join(folder.path, 'stowage.yaml');
  // YAML reads JSON
  writeFileSync(config, JSON.stringify(endpoints));
  app = await startApp({ flags: { config } });
  await app.createRepositories(Object.values(names));
  await app.ecr().send(new PutAccountSettingCommand({ name: 'BLOB_MOUNTING', value: 'ENABLED' }));
  contents = await fill();
  for (const asker of askers) ready.set(asker.name, await prepare(asker));
  await share(app);
}, 60_000);

afterAll(async () => {
  for (const { client, agent } of ready.values()) {
    client.destroy();
    agent.destroy();
  }
  await app.close();
  folder.remove();
});

/** An image with a referrer, and an index with a child of its own, in both repositories. */
async function fill(): Promise<Contents> {
  const image = seededImage('matrix image');
  const child = seededImage('matrix child');
  const index = makeIndex([child]);
  const sbom = makeArtifact('application/spdx+json', Buffer.from('{}'));
  const subject = { mediaType: image.mediaType, digest: image.digest, size: image.manifest.length };
  const manifest = Buffer.from(JSON.stringify({ ...(JSON.parse(sbom.manifest.toString()) as object), subject }));
  let digest = '';
  for (const repositoryName of Object.values(names)) {
    await app.registry.pushImage(repositoryName, image, 'v1');
    await app.registry.pushImage(repositoryName, index, 'index');
    for (const blob of [...sbom.layers, ...(sbom.config ? [sbom.config] : [])])
      await app.registry.pushBlob(repositoryName, blob);
    const put = new PutImageCommand({
      repositoryName,
      imageManifest: manifest.toString(),
      imageManifestMediaType: mediaTypes.ociManifest,
    });
    digest = (await app.ecr().send(put)).image?.imageId?.imageDigest ?? '';
  }
  const referrer: Image = { ...sbom, manifest, digest };
  return { image, child, index, referrer };
}

async function prepare(asker: Asker): Promise<Ready> {
  const credentials = await asker.make(app);
  const agent = new Agent({ keepAlive: true, ...(asker.from === undefined ? {} : { localAddress: asker.from }) });
  const client = clientFor(credentials, agent);
  const authorization = credentials && (await app.logIn({ credentials }));
  if (asker.rights === 'nobody' && credentials) await forgetKey(app, credentials.accessKeyId);
  return { asker, authorization, client, agent };
}

function clientFor(credentials: TemporaryCredentials | undefined, httpAgent: Agent): ECRClient {
  const given = credentials ? { ...credentials } : { accessKeyId: '', secretAccessKey: '' };
  const client = new ECRClient({
    endpoint: app.url,
    region,
    credentials: given,
    maxAttempts: 1,
    requestHandler: { httpAgent },
  });
  if (credentials) return client;
  const unsigned = { step: 'finalizeRequest', name: 'unsigned', priority: 'low' } as const;
  client.middlewareStack.add(
    (next) => async (args) => {
      delete (args.request as { headers: Record<string, string> }).headers['authorization'];
      return await next(args);
    },
    unsigned,
  );
  return client;
}

async function askOci(who: Ready, { method, path, headers, body }: OciRequest): Promise<number> {
  const all = {
    host: `${account}.dkr.ecr.${region}.amazonaws.com`,
    ...(who.authorization === undefined ? {} : { authorization: who.authorization }),
    ...headers,
  };
  return await new Promise((resolve, reject) => {
    const sent = request(new URL(path, app.url), { method, headers: all, agent: who.agent }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function verdictOfStatus(status: number): Verdict {
  expect(status).toBeLessThan(500);
  return status === 401 ? 'unknown' : status === 403 ? 'denied' : 'allowed';
}

async function verdictOfCall(call: Promise<unknown>): Promise<Verdict> {
  return await call.then(
    () => 'allowed' as const,
    (error: Error & { $metadata?: { httpStatusCode?: number } }) => {
      expect(error.$metadata?.httpStatusCode).toBeLessThan(500);
      if (error.name === 'AccessDeniedException') return 'denied';
      return ['UnrecognizedClientException', 'MissingAuthenticationTokenException'].includes(error.name)
        ? 'unknown'
        : 'allowed';
    },
  );
}

function expected(asker: Asker, route: Route, place: Place): Verdict {
  if (asker.rights === 'nobody') return 'unknown';
  return may(asker, route.wide ? 'closed' : place, route.actions) ? 'allowed' : 'denied';
}

describe.each(askers)('$name', (asker) => {
  const who = (): Ready => {
    const found = ready.get(asker.name);
    if (!found) throw new Error(`${asker.name} is not ready`);
    return found;
  };

  test.each(places)('gets the same verdict of both fronts for everything asked of the repository %s', async (place) => {
    const rows: Record<string, { oci?: Verdict; json?: Verdict }> = {};
    const wanted: typeof rows = {};
    for (const route of routes) {
      const verdict = expected(asker, route, place);
      const row: { oci?: Verdict; json?: Verdict } = {};
      wanted[route.name] = { ...(route.oci ? { oci: verdict } : {}), ...(route.json ? { json: verdict } : {}) };
      if (route.oci) row.oci = verdictOfStatus(await askOci(who(), route.oci(names[place], contents)));
      if (route.json) row.json = await verdictOfCall(route.json(who().client, names[place], contents));
      rows[route.name] = row;
    }
    expect(rows).toEqual(wanted);
  });

  test.each(places.flatMap((target) => places.map((source) => [source, target] as const)))(
    'mounts a layer from %s into %s as far as both allow it',
    async (source, target) => {
      if (source === target) return;
      const layer = contents.image.layers[0]?.digest ?? '';
      const path = `/v2/${names[target]}/blobs/uploads/?mount=${layer}&from=${names[source]}`;
      const status = await askOci(who(), { method: 'POST', path });
      const begins = may(asker, target, ['ecr:InitiateLayerUpload']);
      const reads = may(asker, source, ['ecr:GetDownloadUrlForLayer']);
      expect(status).toBe(asker.rights === 'nobody' ? 401 : begins ? (reads ? 201 : 202) : 403);
    },
  );

  test.each(places)('redeems a URL of a layer in %s that they may have', async (place) => {
    const layerDigest = contents.image.layers[0]?.digest ?? '';
    const asked = new GetDownloadUrlForLayerCommand({ registryId: account, repositoryName: names[place], layerDigest });
    const url = await who()
      .client.send(asked)
      .then(
        ({ downloadUrl }) => downloadUrl ?? '',
        () => undefined,
      );
    expect(url !== undefined).toBe(may(asker, place, ['ecr:GetDownloadUrlForLayer']));
    if (url === undefined) return;
    const { pathname, search } = new URL(url);
    expect(await askOci(who(), { method: 'GET', path: pathname + search })).toBe(200);
  });
});

test('the table speaks of every route and of everybody', () => {
  expect(routes.length * askers.length).toBeGreaterThan(200);
});
