/** Images of every kind: rule × written by × read by. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp, type RunningApp } from '../../support/app.ts';
import { makeArtifact, makeIndex, seededImage, sizeOf, type Image } from '../../support/images.ts';
import { chained, newRepository, openFronts, pairs, pushImage, type Fronts } from './fronts.ts';

let app: RunningApp;
let fronts: Fronts;

beforeAll(async () => {
  app = await startApp();
  fronts = openFronts(app);
});

afterAll(async () => {
  await app.close();
});

/** The same image with other manifest bytes. */
function rewritten(image: Image, change: (text: string) => string): Image {
  const manifest = Buffer.from(change(image.manifest.toString()));
  return { ...image, manifest, digest: `sha256:${createHash('sha256').update(manifest).digest('hex')}` };
}

const withSha512 = (image: Image): Image => ({
  ...image,
  digest: `sha512:${createHash('sha512').update(image.manifest).digest('hex')}`,
});

const emptied = (text: string): string => JSON.stringify({ ...(JSON.parse(text) as object), layers: [] });

function doubled(text: string): string {
  const body = JSON.parse(text) as { layers: unknown[] };
  return JSON.stringify({ ...body, layers: [...body.layers, ...body.layers] });
}

const small = seededImage('small', 1, 700, { architecture: 'amd64' });
const large = seededImage('large', 2, 5000, { architecture: 'arm64' });
const docker = seededImage('docker', 2, 900, { flavour: 'docker' });
const inner = makeIndex([small, large]);
const foreignLayer = {
  mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  digest: `sha256:${'5'.repeat(64)}`,
  size: 4000,
};

/** A manifest that names a layer which lies somewhere else. */
const withForeignLayer = rewritten(docker, (text) => {
  const body = JSON.parse(text) as { layers: unknown[] };
  return JSON.stringify({ ...body, layers: [foreignLayer, ...body.layers] });
});

const kinds: [string, Image][] = [
  ['an OCI image', large],
  ['a Docker image', docker],
  ['an OCI index', inner],
  ['a Docker manifest list', makeIndex([docker, seededImage('d', 1, 10, { flavour: 'docker' })], 'docker')],
  ['an index of indexes', makeIndex([inner, makeIndex([makeIndex([small])]), small])],
  ['an index of nothing', makeIndex([])],
  ['an artifact', makeArtifact('application/vnd.example.sbom', Buffer.from('{"packages":[]}'))],
  ['an image of a digest by sha512', withSha512(small)],
  ['an index of images by sha512', makeIndex([withSha512(small), large])],
  ['a manifest of more than ASCII', seededImage('ascii', 1, 300, { annotations: { title: 'Ünï → 🚢 \u2028 \u0000' } })],
  ['a manifest with blanks around it', rewritten(small, (text) => `\r\n\t ${text} \n\n`)],
  ['a manifest that does not say its type', rewritten(small, (text) => text.replace(/"mediaType": "[^"]+",\s*/, ''))],
  ['a manifest with members that nobody knows', rewritten(small, (text) => text.replace('{', '{"rare": [{}],'))],
  ['an image without layers', { ...rewritten(small, emptied), layers: [] }],
  ['an image with a layer twice', { ...rewritten(small, doubled), layers: [...small.layers, ...small.layers] }],
  ['an artifact whose config is its layer', makeArtifact('application/vnd.example.none', Buffer.from('{}'))],
  ['a manifest of the greatest length', rewritten(small, (text) => text.padEnd(4_194_304, ' '))],
];

test.each(chained(kinds))('%s: written by %s, read by %s', async (_kind, writer, reader, image) => {
  const name = await newRepository(app);
  await pushImage(fronts[writer], name, image, 'latest');
  for (const reference of ['latest', image.digest]) {
    const stored = await fronts[reader].readManifest(name, reference);
    expect(stored.bytes.equals(image.manifest)).toBe(true);
    expect(stored).toMatchObject({ digest: image.digest, mediaType: image.mediaType });
  }
  const described = await fronts[reader].describe(name, 'latest');
  expect(described).toMatchObject({ digest: image.digest, mediaType: image.mediaType, size: sizeOf(image) });
  for (const layer of image.layers) {
    expect(await fronts[reader].readLayer(name, layer.digest)).toEqual(layer.bytes);
    expect(await fronts[reader].layerSize(name, layer.digest)).toBe(layer.bytes.length);
  }
});

test.each(pairs)('a foreign layer counts and need not be there: written by %s, read by %s', async (writer, reader) => {
  const name = await newRepository(app);
  await pushImage(fronts[writer], name, withForeignLayer, 'latest');
  const { size } = await fronts[reader].describe(name, 'latest');
  expect(size).toBe(sizeOf(docker) + foreignLayer.size);
  expect(await fronts[reader].layerSize(name, foreignLayer.digest)).toBeUndefined();
});

test.each(pairs)('both fronts describe every kind alike: written by %s, then by %s', async (first, second) => {
  const name = await newRepository(app);
  for (const [, image] of kinds) {
    await pushImage(fronts[first], name, image);
    const before = await fronts.JSON.describe(name, image.digest);
    await pushImage(fronts[second], name, image);
    expect(await fronts.JSON.describe(name, image.digest)).toEqual(before);
    expect(await fronts.OCI.describe(name, image.digest)).toEqual(before);
  }
});

test.each(pairs)(
  'a type that only says JSON leaves the word to the manifest: written by %s, read by %s',
  async (writer, reader) => {
    const name = await newRepository(app);
    await pushImage(fronts[writer], name, small);
    for (const image of [large, inner]) {
      await pushImage(fronts[writer], name, image);
      await fronts[writer].remove(name, image.digest);
      const { manifest, mediaType } = image;
      await fronts[writer].putManifest(name, { manifest, mediaType: 'application/json', tag: 'latest' });
      expect((await fronts[reader].readManifest(name, 'latest')).mediaType).toBe(mediaType);
      if (image === large) await pushImage(fronts[writer], name, large, 'kept');
    }
  },
);
