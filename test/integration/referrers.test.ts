import { ListImageReferrersCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp, type RunningApp } from '../support/app.ts';
import { digestOf, seededImage, type Image } from '../support/images.ts';
import { expectStatus } from '../support/registry.ts';

let app: RunningApp;
const subject = seededImage('subject', 1, 800);
const types = ['application/vnd.example.sbom', 'application/vnd.example.signature'] as const;
const referrers = [0, 1, 2, 3, 4].map((number) => referrerOf(subject, types[number % 2 === 0 ? 0 : 1], number));

/** An artifact of an artifact type about another image. */
function referrerOf(about: Image, artifactType: string, number: number): Image {
  const config = { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf('{}'), size: 2 };
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      artifactType,
      config,
      layers: [config],
      subject: { mediaType: about.mediaType, digest: about.digest, size: about.manifest.length },
      annotations: { number: String(number) },
    }),
  );
  return {
    ...about,
    manifest,
    digest: digestOf(manifest),
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    children: [],
  };
}

beforeAll(async () => {
  app = await startApp({ repositories: ['refs'] });
  await app.registry.pushBlob('refs', {
    digest: digestOf('{}'),
    bytes: Buffer.from('{}'),
    mediaType: 'application/vnd.oci.empty.v1+json',
  });
});

afterAll(async () => {
  await app.close();
});

interface Index {
  manifests: { digest: string; artifactType?: string; annotations?: Record<string, string>; size: number }[];
}

async function list(query = ''): Promise<{ response: Response; index: Index }> {
  const response = await app.registry.send('GET', `/v2/refs/referrers/${subject.digest}${query}`);
  return { response, index: JSON.parse((await expectStatus(response, 200)).toString()) as Index };
}

test('a subject that is not there has referrers as well, and a push says whom it is about', async () => {
  expect((await list()).index.manifests).toEqual([]);
  for (const one of referrers) {
    const put = await app.registry.putManifest('refs', one.digest, one);
    await expectStatus(put, 201);
    expect(put.headers.get('oci-subject')).toBe(subject.digest);
  }
  const { response, index } = await list();
  expect(response.headers.get('content-type')).toBe('application/vnd.oci.image.index.v1+json');
  expect(index.manifests.map(({ digest, size }) => [digest, size])).toEqual(
    referrers.map(({ digest, manifest }) => [digest, manifest.length]),
  );
  expect(index.manifests.map((one) => one.annotations?.['number'])).toEqual(['0', '1', '2', '3', '4']);
});

test('a filter is applied and said', async () => {
  const { response, index } = await list(`?artifactType=${encodeURIComponent(types[1])}`);
  expect(response.headers.get('oci-filters-applied')).toBe('artifactType');
  expect(index.manifests.map((one) => one.digest)).toEqual([referrers[1]?.digest, referrers[3]?.digest]);
});

test('the JSON front pages through the same list', async () => {
  const found: (string | undefined)[] = [];
  let nextToken: string | undefined;
  do {
    const page = await app.ecr().send(
      new ListImageReferrersCommand({
        repositoryName: 'refs',
        subjectId: { imageDigest: subject.digest },
        filter: { artifactTypes: [...types] },
        maxResults: 2,
        nextToken,
      }),
    );
    found.push(
      ...(page.referrers ?? []).map((one) => `${one.digest} ${one.artifactStatus} ${one.annotations?.['number']}`),
    );
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  expect(found).toEqual(referrers.map((one, number) => `${one.digest} ACTIVE ${number}`));
});

test('a malformed digest is refused', async () => {
  await expectStatus(await app.registry.send('GET', '/v2/refs/referrers/sha256:12'), 400);
});
