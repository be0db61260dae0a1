/** How much a store holds, and what everything in it is called: what was seeded can be asked for without a list. */
import { digestOf, mediaTypes } from '../../test/support/images.ts';

export interface Extent {
  /** Images of the one large repository. */
  readonly large: number;
  /** The other repositories, and the images of each. */
  readonly others: number;
  readonly each: number;
}

/** 1,000,000 images in 100,000 repositories, a tenth of the images in one of them. */
export const full: Extent = { large: 100_009, others: 99_999, each: 9 };
/** Almost empty, and still with whole pages to list. */
export const sparse: Extent = { large: 200, others: 110, each: 9 };

export const repositoryName = (index: number): string =>
  index === 0 ? 'large' : `team-${index % 100}/service-${index}`;
export const tagName = (index: number): string => `v${index}`;

export const layerDigest = digestOf('the layer');
export const configDigest = digestOf('the config');
export const layerSize = 3_000_000;
export const configSize = 2000;

const padding = 'x'.repeat(900);

/** A manifest of about 1.5 kB, different for every image. */
export function manifestOf(repository: number, image: number): Buffer {
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: mediaTypes.ociConfig, digest: configDigest, size: configSize },
      layers: [{ mediaType: mediaTypes.ociLayer, digest: layerDigest, size: layerSize }],
      annotations: { place: `${repository}/${image}`, padding },
    }),
  );
}
