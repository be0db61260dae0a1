/** New content for every push, at the price of a few bytes: the client is not what is measured. */
import { createHash, type Hash } from 'node:crypto';
import { digestOf, mediaTypes, seededBytes, type Blob } from '../test/support/images.ts';

export const blobOf = (bytes: Buffer, mediaType: string = mediaTypes.ociLayer): Blob => ({
  digest: digestOf(bytes),
  bytes,
  mediaType,
});

/** A layer in pieces. */
export interface Layer {
  readonly digest: string;
  readonly size: number;
  readonly pieces: readonly Buffer[];
}

const tailSize = 32;

/** Layers of one size that differ in their last bytes; the hash of what they share is computed once. */
export class Layers {
  readonly #shared: Buffer;
  readonly #hash: Hash;
  readonly #seed: string;
  #count = 0;

  constructor(seed: string, size: number) {
    this.#seed = seed;
    this.#shared = seededBytes(seed, size - tailSize);
    this.#hash = createHash('sha256').update(this.#shared);
  }

  next(): Layer {
    const tail = Buffer.alloc(tailSize, `${this.#count++} ${this.#seed} `.padEnd(tailSize, '.'));
    const digest = `sha256:${this.#hash.copy().update(tail).digest('hex')}`;
    return { digest, size: this.#shared.length + tailSize, pieces: [this.#shared, tail] };
  }
}

export interface NewImage {
  readonly layers: readonly Layer[];
  readonly config: Layer;
  readonly manifest: Buffer;
  readonly mediaType: string;
  readonly tag: string;
}

/** Images that nobody has seen before. */
export class Images {
  readonly #layers: Layers;
  readonly #count: number;
  readonly #seed: string;
  #made = 0;

  constructor(options: { seed: string; layers: number; size: number }) {
    this.#seed = options.seed;
    this.#count = options.layers;
    this.#layers = new Layers(options.seed, options.size);
  }

  next(): NewImage {
    const tag = `${this.#seed}-${this.#made++}`;
    const layers = Array.from({ length: this.#count }, () => this.#layers.next());
    const bytes = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', author: tag }));
    const config = { digest: digestOf(bytes), size: bytes.length, pieces: [bytes] };
    const describe = (mediaType: string, { digest, size }: Layer) => ({ mediaType, digest, size });
    const mediaType = mediaTypes.ociManifest;
    const manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType,
        config: describe(mediaTypes.ociConfig, config),
        layers: layers.map((layer) => describe(mediaTypes.ociLayer, layer)),
      }),
    );
    return { layers, config, manifest, mediaType, tag };
  }
}
