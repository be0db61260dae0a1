/**
 * Real images made in memory, without any tool: layers, config, manifest, index, artifact. The same arguments give the
 * same bytes and digests. image-files.ts writes them where clients can take them from.
 */
import { createCipheriv, createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { tar, type TarEntry } from './tar.ts';

export const mediaTypes = {
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  ociEmpty: 'application/vnd.oci.empty.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const;

export type Flavour = 'oci' | 'docker';
export type Annotations = Readonly<Record<string, string>>;

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string | undefined;
  readonly platform?: { readonly os: string; readonly architecture: string } | undefined;
}

export interface Blob {
  readonly digest: string;
  readonly bytes: Buffer;
  readonly mediaType: string;
}

/** Something with a manifest: its exact bytes, the blobs it needs, and for an index its children. */
export interface Image {
  readonly mediaType: string;
  readonly digest: string;
  readonly manifest: Buffer;
  readonly config?: Blob | undefined;
  readonly layers: readonly Blob[];
  readonly children: readonly Image[];
  readonly artifactType?: string | undefined;
  readonly platform?: Descriptor['platform'];
  /** Uncompressed layers, in order, as a docker archive wants them. */
  readonly tars: readonly Buffer[];
}

export const digestOf = (bytes: Buffer | string): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Bytes that do not compress and depend on the seed alone. */
export function seededBytes(seed: string, size: number): Buffer {
  const key = createHash('sha256').update(seed).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
}

function describeBlob(blob: Blob): Descriptor {
  return { mediaType: blob.mediaType, digest: blob.digest, size: blob.bytes.length };
}

/** The bytes that the registry should report for an image: config and layers, as the manifest lists them. */
export function sizeOf(image: Image): number {
  if (image.children.length > 0) return Math.max(...image.children.map(sizeOf));
  const layers = image.layers.reduce((sum, layer) => sum + layer.bytes.length, 0);
  return layers + (image.config?.bytes.length ?? 0);
}

/** Every blob that an image or its children need, each once. */
export function blobsOf(image: Image): Blob[] {
  const own = [...(image.config === undefined ? [] : [image.config]), ...image.layers];
  const all = [...own, ...image.children.flatMap(blobsOf)];
  return [...new Map(all.map((blob) => [blob.digest, blob])).values()];
}

/** `layers`: one list of files per layer. */
export interface ImageOptions {
  readonly layers: readonly (readonly TarEntry[])[];
  readonly flavour?: Flavour | undefined;
  readonly architecture?: string | undefined;
  readonly command?: readonly string[] | undefined;
  readonly labels?: Annotations | undefined;
  readonly annotations?: Annotations | undefined;
  readonly subject?: Descriptor | undefined;
}

export function makeImage(options: ImageOptions): Image {
  const oci = options.flavour !== 'docker';
  const tars = options.layers.map((files) => tar(files));
  const layers = tars.map((bytes): Blob => {
    const compressed = gzipSync(bytes, { level: 6 });
    const mediaType = oci ? mediaTypes.ociLayer : mediaTypes.dockerLayer;
    return { digest: digestOf(compressed), bytes: compressed, mediaType };
  });
  const platform = { os: 'linux', architecture: options.architecture ?? 'amd64' };
  const configBytes = Buffer.from(
    JSON.stringify({
      created: '2024-02-01T10:20:30Z',
      ...platform,
      config: { Cmd: options.command ?? [], Labels: options.labels ?? {} },
      rootfs: { type: 'layers', diff_ids: tars.map(digestOf) },
      history: tars.map((_, index) => ({ created: '2024-02-01T10:20:30Z', created_by: `layer ${index}` })),
    }),
  );
  const configType = oci ? mediaTypes.ociConfig : mediaTypes.dockerConfig;
  const config: Blob = { digest: digestOf(configBytes), bytes: configBytes, mediaType: configType };
  const mediaType = oci ? mediaTypes.ociManifest : mediaTypes.dockerManifest;
  const manifest = Buffer.from(
    JSON.stringify(
      {
        schemaVersion: 2,
        mediaType,
        config: describeBlob(config),
        layers: layers.map(describeBlob),
        subject: options.subject,
        annotations: options.annotations,
      },
      undefined,
      3,
    ),
  );
  return { mediaType, digest: digestOf(manifest), manifest, config, layers, children: [], platform, tars };
}

/** An OCI image of layers that are there already; the seed makes it another one. It has no archive for docker. */
export function imageOver(seed: string, layers: readonly Blob[]): Image {
  const configBytes = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', config: { Labels: { seed } } }));
  const config: Blob = { digest: digestOf(configBytes), bytes: configBytes, mediaType: mediaTypes.ociConfig };
  const mediaType = mediaTypes.ociManifest;
  const members = { schemaVersion: 2, mediaType, config: describeBlob(config), layers: layers.map(describeBlob) };
  const manifest = Buffer.from(JSON.stringify(members));
  return { mediaType, digest: digestOf(manifest), manifest, config, layers, children: [], tars: [] };
}

/** An image of `count` layers of about `size` incompressible bytes each, different for every seed. */
export function seededImage(seed: string, count = 1, size = 2_000, options: Partial<ImageOptions> = {}): Image {
  const layers = Array.from({ length: count }, (_, index): TarEntry[] => [
    { name: `files/${index}.bin`, content: seededBytes(`${seed}/${index}`, size) },
  ]);
  return makeImage({ layers, ...options });
}

/** An OCI index, or a Docker manifest list, over images and other indexes. */
export function makeIndex(children: readonly Image[], flavour: Flavour = 'oci', annotations?: Annotations): Image {
  const mediaType = flavour === 'oci' ? mediaTypes.ociIndex : mediaTypes.dockerList;
  const manifests = children.map(describeImage);
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests, annotations }, undefined, 2));
  return { mediaType, digest: digestOf(manifest), manifest, layers: [], children, tars: [] };
}

/** An OCI artifact: the empty config, one blob, an artifactType. */
export function makeArtifact(artifactType: string, content: Buffer, annotations?: Annotations): Image {
  const config: Blob = { digest: digestOf('{}'), bytes: Buffer.from('{}'), mediaType: mediaTypes.ociEmpty };
  const layer: Blob = { digest: digestOf(content), bytes: content, mediaType: 'application/octet-stream' };
  const mediaType = mediaTypes.ociManifest;
  const members = { schemaVersion: 2, mediaType, artifactType, config: describeBlob(config) };
  const manifest = Buffer.from(JSON.stringify({ ...members, layers: [describeBlob(layer)], annotations }));
  return {
    mediaType,
    digest: digestOf(manifest),
    manifest,
    config,
    layers: [layer],
    children: [],
    artifactType,
    tars: [],
  };
}

/** How an index, a subject or a layout names an image. */
export function describeImage(image: Image): Descriptor {
  const { mediaType, digest, artifactType, platform } = image;
  return { mediaType, digest, size: image.manifest.length, artifactType, platform };
}
