/** A stolen data folder gives nothing away: neither content nor secrets stand in it in plain. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRepositories, logIn } from '../support/aws.ts';
import { filesIn, temporaryFolder, type Folder } from '../support/folders.ts';
import { makeArtifact, makeImage, makeIndex, seededBytes } from '../support/images.ts';
import { registryAt } from '../support/registry.ts';
import { startStowage, stowage, type Stowage } from '../support/stowage.ts';

/** Markers that stand nowhere but where a test puts them. */
const mark = (name: string): string => `plaintext-marker-${name}-7f3a91c2`;

const markers = {
  config: mark('config'),
  label: mark('label'),
  annotation: mark('annotation'),
  indexAnnotation: mark('index-annotation'),
  artifactAnnotation: mark('artifact-annotation'),
  artifact: mark('artifact'),
  upload: mark('upload'),
};

/** Which of `needles` occur in a file below `root`, as `file: name of the needle`. */
async function searchFor(root: string, needles: Readonly<Record<string, Buffer>>): Promise<string[]> {
  const found: string[] = [];
  for (const file of await filesIn(root)) {
    const bytes = await readFile(join(root, file));
    for (const [name, needle] of Object.entries(needles)) if (bytes.includes(needle)) found.push(`${file}: ${name}`);
  }
  return found;
}

describe('the data folder', () => {
  let server: Stowage;
  let outside: Folder;
  let needles: Record<string, Buffer>;

  beforeAll(async () => {
    outside = temporaryFolder('outside');
    // root key and credentials lie outside, so that nothing in the folder is excepted from the search
    const rootKey = join(outside.path, 'root.key');
    const credentialsFile = join(outside.path, 'credentials');
    server = await startStowage({
      data: join(outside.path, 'data'),
      flags: ['--root-key', rootKey, '--credentials', credentialsFile],
      credentialsFile,
    });
    await createRepositories(server, 'sealed');
    const { authorization, password } = await logIn(server);
    const registry = registryAt(server.url, authorization);

    // layers that are stored as they came: incompressible ones, so that a piece of them can be searched for
    const small = seededBytes('small layer', 3_000);
    const large = seededBytes('large layer', 3_500_000);
    const image = makeImage({
      layers: [[{ name: 'small', content: small }], [{ name: 'large', content: large }]],
      command: [markers.config],
      labels: { label: markers.label },
      annotations: { 'org.example.note': markers.annotation },
    });
    await registry.pushImage('sealed', image, 'v1');
    await registry.pushImage('sealed', makeIndex([image], 'oci', { note: markers.indexAnnotation }), 'multi');
    const artifact = makeArtifact('application/vnd.example', Buffer.from(markers.artifact), {
      note: markers.artifactAnnotation,
    });
    await registry.pushImage('sealed', artifact, 'artifact');

    // an upload that is not finished: some whole segments and a tail
    const unfinished = Buffer.concat([Buffer.from(markers.upload), seededBytes('upload', 1_500_000)]);
    const session = await registry.startUpload('sealed');
    await registry.sendChunk(session, unfinished, 0);

    const second = await stowage(['accounts', 'create', '210987654321', '--json', '--data', server.data]);
    const other = JSON.parse(second.stdout) as { secretAccessKey: string };
    const layers = Object.fromEntries(
      image.layers.flatMap(({ bytes }, index) =>
        [0.1, 0.5, 0.9].map((place) => {
          const at = Math.floor(bytes.length * place);
          return [`layer ${index} at ${place}`, bytes.subarray(at, at + 32)] as const;
        }),
      ),
    );
    needles = {
      ...Object.fromEntries(Object.entries(markers).map(([name, text]) => [name, Buffer.from(text)])),
      ...layers,
      'end of the upload': unfinished.subarray(-64, -32),
      'middle of the upload': unfinished.subarray(700_000, 700_032),
      'secret access key': Buffer.from(server.credentials.secretAccessKey),
      'secret access key of another account': Buffer.from(other.secretAccessKey),
      'login password': Buffer.from(password),
      'login password, encoded': Buffer.from(authorization.slice('Basic '.length)),
      'root key': await readFile(rootKey),
    };
  });

  afterAll(async () => {
    await server?.close();
    outside?.remove();
  });

  test('shows nothing of layers, configs, manifests, uploads and secrets while it is served', async () => {
    expect(Object.keys(needles).length).toBeGreaterThan(15);
    expect(await searchFor(server.data, needles)).toEqual([]);
  });

  test('shows nothing after it was stopped either', async () => {
    await server.stop();
    expect((await filesIn(server.data)).length).toBeGreaterThan(3);
    expect(await searchFor(server.data, needles)).toEqual([]);
  });

  test('is searched by something that finds what is there', async () => {
    const planted = Object.entries(needles);
    const file = 'planted';
    for (const [name, needle] of planted) {
      await writeFile(
        join(server.data, file),
        Buffer.concat([seededBytes('before', 5_000), needle, gzipSync('after')]),
      );
      expect(await searchFor(server.data, needles)).toEqual([`${file}: ${name}`]);
    }
  });
});
