import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../digest.ts';
import { RegistryError } from '../errors.ts';
import { encodeManifest, manifestLimit, parseManifest } from './manifest.ts';
import { mediaTypes } from './media-types.ts';

const { ociManifest, ociIndex, dockerManifest, dockerList } = mediaTypes;
const ociConfig = 'application/vnd.oci.image.config.v1+json';
const dockerConfig = 'application/vnd.docker.container.image.v1+json';
const ociLayer = 'application/vnd.oci.image.layer.v1.tar+gzip';

const descriptor = (text: string, size: number, mediaType: string) => ({
  mediaType,
  size,
  digest: digestOf(Buffer.from(text)),
});
const config = descriptor('config', 10, ociConfig);
const layer = descriptor('layer', 100, ociLayer);
const child = descriptor('child', 500, ociManifest);
const image = { schemaVersion: 2, mediaType: ociManifest, config, layers: [layer] };
const index = { schemaVersion: 2, mediaType: ociIndex, manifests: [child] };

const bytesOf = (body: unknown): Buffer => Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));

/** The kind of refusal and its words, or undefined for a manifest that is taken. */
function refusalOf(body: unknown, given?: string): { kind: string; message: string } | undefined {
  try {
    parseManifest(body instanceof Uint8Array ? body : bytesOf(body), given);
    return undefined;
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    return { kind: error.kind, message: error.message };
  }
}

const unreadable = {
  kind: 'invalidParameter',
  message: "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'",
};

describe('parseManifest', () => {
  it('reads an OCI image', () => {
    expect(parseManifest(bytesOf(image))).toEqual({
      mediaType: ociManifest,
      artifactType: ociConfig,
      blobs: [config, layer],
      children: [],
      subject: undefined,
      size: 110,
    });
  });

  it('reads a Docker image of schema 2', () => {
    const dockerImage = {
      schemaVersion: 2,
      mediaType: dockerManifest,
      config: { ...config, mediaType: dockerConfig },
      layers: [{ ...layer, mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip' }],
    };
    const manifest = parseManifest(bytesOf(dockerImage));
    expect(manifest).toMatchObject({ mediaType: dockerManifest, artifactType: dockerConfig, size: 110 });
    expect(manifest.blobs.map((one) => one.digest)).toEqual([config.digest, layer.digest]);
  });

  it.each([
    ['an OCI index', ociIndex],
    ['a Docker manifest list', dockerList],
  ])('reads %s', (_, mediaType) => {
    const platform = { architecture: 'arm64', os: 'linux' };
    expect(parseManifest(bytesOf({ ...index, mediaType, manifests: [{ ...child, platform }] }))).toEqual({
      mediaType,
      artifactType: undefined,
      blobs: [],
      children: [child],
      subject: undefined,
      size: 0,
    });
  });

  it('reads an index without images and an image without layers', () => {
    expect(parseManifest(bytesOf({ ...index, manifests: [] })).children).toEqual([]);
    expect(parseManifest(bytesOf({ ...image, layers: [] })).blobs).toEqual([config]);
  });

  it('reads an artifact: its type goes before that of its config, its subject is told', () => {
    const empty = descriptor('{}', 2, 'application/vnd.oci.empty.v1+json');
    const artifact = {
      ...image,
      artifactType: 'application/spdx+json',
      config: empty,
      layers: [empty],
      subject: child,
    };
    expect(parseManifest(bytesOf(artifact))).toEqual({
      mediaType: ociManifest,
      artifactType: 'application/spdx+json',
      blobs: [empty, empty],
      children: [],
      subject: child,
      size: 4,
    });
    expect(parseManifest(bytesOf({ ...index, artifactType: 'a/b', subject: layer }))).toMatchObject({
      artifactType: 'a/b',
      subject: layer,
    });
  });

  it('asks for no bytes of layers that may stay elsewhere, and counts their size', () => {
    const foreign = descriptor('foreign', 1000, 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip');
    const manifest = parseManifest(
      bytesOf({ ...image, layers: [{ ...foreign, urls: ['https://example.com/layer'] }, layer] }),
    );
    expect(manifest.blobs).toEqual([config, layer]);
    expect(manifest.size).toBe(1110);
  });

  it.each([
    ['named inside only', ociManifest, undefined],
    ['named inside, beside it nothing', ociManifest, ''],
    ['named inside, beside it only JSON', ociManifest, 'application/json'],
    ['named beside it only', undefined, ociManifest],
    ['named on both sides alike', ociManifest, ociManifest],
    ['empty inside', '', ociManifest],
  ])('takes a media type that is %s', (_, mediaType, given) => {
    expect(parseManifest(bytesOf({ ...image, mediaType }), given).mediaType).toBe(ociManifest);
  });

  it.each([
    ['config', (text: string) => text.replace('"layers"', '"config":{},"layers"')],
    ['mediaType', (text: string) => text.replace('{', `{"mediaType":"${dockerManifest}",`)],
    ['mediaType, the same', (text: string) => text.replace('{', `{"mediaType":"${ociManifest}",`)],
    ['layers, one of them escaped', (text: string) => text.replace('{', '{"la\\u0079ers":[],')],
    ['the size of a layer', (text: string) => text.replace('"size":100', '"size":1,"size":100')],
    ['an annotation', (text: string) => text.replace('{', '{"annotations":{"a":"1","a":"2"},')],
    ['__proto__', (text: string) => text.replace('{', '{"__proto__":{},"__proto__":{},')],
  ])('refuses two members of one name: %s', (_, change) => {
    const text = JSON.stringify(image);
    expect(refusalOf(text)).toBeUndefined();
    expect(refusalOf(change(text))).toEqual(unreadable);
  });

  it.each<[string, unknown]>([
    ['Layers', { ...image, Layers: [] }],
    ['MANIFESTS', { ...image, MANIFESTS: [] }],
    ['mediatype', { ...image, mediatype: ociManifest }],
    ['layerſ', { ...image, layerſ: [] }],
    ['Digest', { ...image, layers: [{ ...layer, Digest: child.digest }] }],
    ['SIZE', { ...image, subject: { ...child, SIZE: 1 } }],
  ])('refuses a name that other readers take for one that it knows: %s', (_, body) => {
    expect(refusalOf(body)).toEqual(unreadable);
  });

  it('takes annotations whose names differ by their case alone', () => {
    const annotations = { layers: 'a', Layers: 'b', digest: 'c', 'a:b': 'd:e' };
    expect(refusalOf({ ...image, annotations, layers: [{ ...layer, annotations }] })).toBeUndefined();
  });

  it('leaves members alone that it does not know, whatever they are called', () => {
    const text = JSON.stringify(image).replace(
      '{',
      '{"__proto__":{"layers":1,"manifests":[]},"annotations":{"a":"[[[{{"},',
    );
    expect(parseManifest(bytesOf(text)).blobs).toEqual([config, layer]);
  });

  it.each<[string, unknown, string?]>([
    ['nothing', ''],
    ['no JSON', '{"schemaVersion":2,'],
    ['more after the end', `${JSON.stringify(image)}x`],
    ['a list', [image]],
    ['null', 'null'],
    ['a number', '2'],
    ['layers and manifests', { ...image, manifests: [] }],
    ['manifests and layers', { ...index, layers: [] }],
    ['no media type on either side', { ...image, mediaType: undefined }],
    ['no media type and only JSON beside it', { ...image, mediaType: undefined }, 'application/json'],
    ['a media type that contradicts the one beside it', image, dockerManifest],
    ['a media type that is no text', { ...image, mediaType: 7 }],
    ['a media type of 256 characters', { ...image, mediaType: 'a'.repeat(256) }],
    ['no schema version', { ...image, schemaVersion: undefined }],
    ['a schema version as text', { ...image, schemaVersion: '2' }],
    ['schema version 3', { ...image, schemaVersion: 3 }],
    ['no config', { ...image, config: undefined }],
    ['a config that is null', { ...image, config: null }],
    ['no layers', { ...image, layers: undefined }],
    ['layers that are an object', { ...image, layers: { 0: layer } }],
    ['a layer that is a text', { ...image, layers: [layer.digest] }],
    ['an index without manifests', { ...index, manifests: undefined }],
    ['a subject without a size', { ...image, subject: { ...child, size: undefined } }],
    ['an artifact type with a character that ends texts', { ...image, artifactType: 'a/b\u0000' }],
    ['an artifact type with the end of a line', { ...image, artifactType: 'a/b\r\nx: y' }],
    ['an artifact type with half a character', { ...image, artifactType: 'a/\ud800' }],
    ['a media type of a layer with half a character', { ...image, layers: [{ ...layer, mediaType: '\udc00/b' }] }],
    ['an artifact type that is an object', { ...image, artifactType: {} }],
    ['a digest that is none', { ...image, layers: [{ ...layer, digest: 'sha256:../../etc/passwd' }] }],
    ['a digest in capitals', { ...image, layers: [{ ...layer, digest: layer.digest.toUpperCase() }] }],
    ['a descriptor without a media type', { ...image, layers: [{ ...layer, mediaType: undefined }] }],
    ['a descriptor with a long media type', { ...image, layers: [{ ...layer, mediaType: 'a'.repeat(256) }] }],
    ['a negative size', { ...image, layers: [{ ...layer, size: -1 }] }],
    ['half a byte', { ...image, layers: [{ ...layer, size: 1.5 }] }],
    ['a size as text', { ...image, layers: [{ ...layer, size: '100' }] }],
    ['a size past what is counted exactly', { ...image, layers: [{ ...layer, size: 2 ** 53 }] }],
    ['sizes whose sum is past it', { ...image, layers: [{ ...layer, size: 2 ** 53 - 1 }] }],
    ['a size without end', JSON.stringify(image).replace('"size":100', '"size":1e999')],
    ['a nest of 10,000 lists', `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
    ['a nest of 10,000 objects', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
    ['a nest that is never closed', '['.repeat(1_000_000)],
    ['a byte order mark', `\uFEFF${JSON.stringify(image)}`],
  ])('refuses %s as unreadable', (_, body, given) => {
    expect(refusalOf(body, given)).toEqual(unreadable);
  });

  it.each([
    ['a lone continuation byte', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['half of a surrogate pair', [0xed, 0xa0, 0x80]],
    ['a character that is cut off', [0xe2, 0x82]],
  ])('refuses bytes that are not UTF-8: %s', (_, bad) => {
    const [before, after] = JSON.stringify({ ...image, annotations: { note: '#' } }).split('#') as [string, string];
    expect(refusalOf(Buffer.concat([Buffer.from(before), Buffer.from(bad), Buffer.from(after)]))).toEqual(unreadable);
    expect(refusalOf(Buffer.from(`${before}é€😀${after}`))).toBeUndefined();
  });

  it('takes a nest of 64 and refuses one of 65', () => {
    const nested = (depth: number): string =>
      JSON.stringify(image).replace('{', `{"annotations":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)},`);
    expect(refusalOf(nested(64))).toBeUndefined();
    expect(refusalOf(nested(65))).toEqual(unreadable);
  });

  it.each<[string, unknown, string | undefined, string]>([
    [
      'schema 1',
      { schemaVersion: 1, name: 'a/b', tag: 'latest', fsLayers: [] },
      undefined,
      'application/vnd.docker.distribution.manifest.v1+prettyjws',
    ],
    [
      'schema 1 named beside it',
      { schemaVersion: 1, name: 'a/b', fsLayers: [] },
      'application/vnd.docker.distribution.manifest.v1+json',
      'application/vnd.docker.distribution.manifest.v1+json',
    ],
    [
      'the artifact manifest that OCI gave up',
      { ...image, mediaType: 'application/vnd.oci.artifact.manifest.v1+json' },
      undefined,
      'application/vnd.oci.artifact.manifest.v1+json',
    ],
    ['a type of its own', { ...image, mediaType: undefined }, 'text/html', 'text/html'],
  ])('refuses %s as a type that it does not support', (_, body, given, named) => {
    expect(refusalOf(body, given)).toEqual({
      kind: 'unsupportedManifestType',
      message: `Unsupported manifest type: "${named}"`,
    });
  });

  it('takes 4 MiB and refuses one byte more before reading it', () => {
    const short = JSON.stringify({ ...image, annotations: { filler: '' } });
    const long = (bytes: number): string =>
      short.replace('"filler":"', `"filler":"${'x'.repeat(bytes - short.length)}`);
    expect(refusalOf(long(manifestLimit))).toBeUndefined();
    expect(refusalOf(long(manifestLimit + 1))?.kind).toBe('manifestTooLarge');
    expect(refusalOf(new Uint8Array(manifestLimit + 1))?.kind).toBe('manifestTooLarge');
  });

  it('answers any bytes with a manifest or a refusal', () => {
    const anything = fc.oneof(
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .record(
          { config: fc.jsonValue(), layers: fc.jsonValue(), manifests: fc.jsonValue(), subject: fc.jsonValue() },
          { requiredKeys: [] },
        )
        .map((members) => bytesOf({ ...image, ...members })),
    );
    fc.assert(
      fc.property(anything, (bytes) => {
        const refusal = refusalOf(bytes);
        expect(['invalidParameter', 'unsupportedManifestType', undefined]).toContain(refusal?.kind);
      }),
      { numRuns: 500 },
    );
  });

  it('gives back every descriptor of a list, in its order', () => {
    const one = fc.record({
      digest: fc.uint8Array({ minLength: 1, maxLength: 4 }).map((bytes) => digestOf(bytes)),
      size: fc.nat(),
      mediaType: fc.constantFrom(ociLayer, ociManifest, 'a/b'),
    });
    fc.assert(
      fc.property(fc.array(one), (descriptors) => {
        expect(parseManifest(bytesOf({ ...image, layers: descriptors })).blobs).toEqual([config, ...descriptors]);
        expect(parseManifest(bytesOf({ ...index, manifests: descriptors })).children).toEqual(descriptors);
      }),
    );
  });
});

describe('a manifest that came as text', () => {
  it('has the bytes of its text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(encodeManifest(text).toString()).toBe(text);
      }),
    );
  });

  it.each(['\ud83d', 'a\udea2b', '\udea2\ud83d'])('is unreadable with half a pair of surrogates: %j', (half) => {
    expect(() => encodeManifest(`{"a":"${half}"}`)).toThrow(RegistryError);
  });
});
