/** The few names that histories speak of: so few that concurrent clients meet at every one of them. */
import { blobOf } from '../../support/app.ts';
import { digestOf, mediaTypes, seededBytes, type Blob } from '../../support/images.ts';

export const repositories = ['red', 'blue'] as const;
export const tags = ['t', 'u'] as const;

/** Layers of up to so many bytes lie in their row, so some have a file and some have none. */
export const layerInRow = 1000;

/** `large` is larger than what an upload keeps in memory, so that its bytes are in a file before it ends. */
const sizes = { a: 900, b: 1500, c: 40, large: 1_300_000 } as const;

/** The config that every image shares, and the layers. */
export const layers: Readonly<Record<string, Blob>> = {
  config: { digest: digestOf('{}'), bytes: Buffer.from('{}'), mediaType: mediaTypes.ociEmpty },
  ...Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, blobOf(seededBytes(`race ${name}`, size))])),
};

export const layerNames = ['a', 'b', 'c', 'large'] as const;

export interface KnownImage {
  readonly name: string;
  readonly digest: string;
  readonly mediaType: string;
  readonly manifest: Buffer;
  /** Names of its own layers, config included. */
  readonly layers: readonly string[];
  /** Names of the images that an index refers to. */
  readonly children: readonly string[];
  /** As DescribeImages tells it. */
  readonly size: number;
}

export function layerOf(name: string): Blob {
  const found = layers[name];
  if (!found) throw new Error(`no layer is called ${name}`);
  return found;
}

const describe = ({ mediaType, digest, bytes }: Blob): object => ({ mediaType, digest, size: bytes.length });

function imageOver(name: string, own: readonly string[]): KnownImage {
  const named = ['config', ...own];
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: describe(layerOf('config')),
      layers: own.map((layer) => describe(layerOf(layer))),
      annotations: { name },
    }),
  );
  const size = named.reduce((sum, layer) => sum + layerOf(layer).bytes.length, 0);
  const mediaType = mediaTypes.ociManifest;
  return { name, digest: digestOf(manifest), mediaType, manifest, layers: named, children: [], size };
}

function indexOver(name: string, children: readonly KnownImage[]): KnownImage {
  const mediaType = mediaTypes.ociIndex;
  const manifests = children.map((child) => ({
    mediaType: child.mediaType,
    digest: child.digest,
    size: child.manifest.length,
  }));
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests, annotations: { name } }));
  const size = Math.max(...children.map((child) => child.size));
  return {
    name,
    digest: digestOf(manifest),
    mediaType,
    manifest,
    layers: [],
    children: children.map((child) => child.name),
    size,
  };
}

const one = imageOver('one', ['a']);
const two = imageOver('two', ['a', 'b']);
const three = imageOver('three', ['c']);
const heavy = imageOver('heavy', ['large', 'c']);

export const images: ReadonlyMap<string, KnownImage> = new Map(
  [one, two, three, heavy, indexOver('pair', [one, two])].map((image) => [image.name, image]),
);

export const imageNames: readonly string[] = [...images.keys()];

export function imageOf(name: string): KnownImage {
  const found = images.get(name);
  if (!found) throw new Error(`no image is called ${name}`);
  return found;
}

/** Periods in minutes of the registry's clock, and steps of that clock: no sum of steps comes near a period or its half. */
export const periods = { lease: 60, deletionGrace: 10, uploadLife: 80 } as const;
export const clockSteps = [4, 25, 45, 66] as const;
