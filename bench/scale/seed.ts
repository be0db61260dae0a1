/** Fills a data folder through the store: what a million pushes would leave of rows, without their requests. */
import { performance } from 'node:perf_hooks';
import { pino } from 'pino';
import { loadConfig } from '../../src/config/load.ts';
import type { App, Registry } from '../../src/core/app.ts';
import type { Writer } from '../../src/store/db.ts';
import { insertImage, insertImageLayer, insertManifest } from '../../src/store/images.ts';
import { insertBlob, insertLink } from '../../src/store/layers.ts';
import { insertRepository, type RepositoryRow } from '../../src/store/repositories.ts';
import { putTag } from '../../src/store/tags.ts';
import { createStowage } from '../../src/wire.ts';
import { digestOf, mediaTypes } from '../../test/support/images.ts';
import { region } from '../../test/support/stowage.ts';
import {
  configDigest,
  configSize,
  layerDigest,
  layerSize,
  manifestOf,
  repositoryName,
  tagName,
  type Extent,
} from './extent.ts';

const repositoriesAtOnce = 200;
const imagesAtOnce = 1000;

const blobs = [
  { digest: layerDigest, size: layerSize, id: 'bench-layer', mediaType: mediaTypes.ociLayer },
  { digest: configDigest, size: configSize, id: 'bench-config', mediaType: mediaTypes.ociConfig },
];

/** Gives the seconds that it took. */
export async function seed(data: string, extent: Extent): Promise<number> {
  const flags = new Map([['data', [data]]]);
  const config = loadConfig({ flags, env: {}, cwd: data, listens: true });
  const stowage = await createStowage({ config, log: pino({ level: 'silent' }), listen: false });
  const began = performance.now();
  try {
    await new Seeder(stowage.app, stowage.account).fill(extent);
  } finally {
    await stowage.close();
  }
  return (performance.now() - began) / 1000;
}

/** Images of one repository: `from`, and how many from there on. */
interface Share {
  readonly index: number;
  readonly row: RepositoryRow;
  readonly from: number;
  readonly images: number;
}

interface SealedImage {
  readonly repository: number;
  readonly digest: string;
  readonly manifestSize: number;
  readonly wrap: Buffer;
  readonly sealed: Buffer;
  readonly tag: string;
}

class Seeder {
  readonly #app: App;
  readonly #registry: Registry;
  readonly #time = Date.now();

  constructor(app: App, account: string) {
    this.#app = app;
    this.#registry = { account, region };
  }

  async fill({ large, others, each }: Extent): Promise<void> {
    const { id: key } = await this.#app.keyRing.registryKey(this.#registry);
    await this.#app.store.write(async (tx) => {
      for (const { id, digest, size } of blobs) {
        await tx.run(insertBlob, { ...this.#registry, id, key, digest, size, sealed: null, time: this.#time });
      }
    });
    const [first] = await this.#repositories(0, 1);
    if (!first) throw new Error('no repository was made');
    for (let from = 0; from < large; from += imagesAtOnce) {
      await this.#images([{ index: 0, row: first, from, images: Math.min(imagesAtOnce, large - from) }]);
    }
    for (let next = 1; next <= others; next += repositoriesAtOnce) {
      const rows = await this.#repositories(next, Math.min(next + repositoriesAtOnce, others + 1));
      await this.#images(rows.map((row, offset) => ({ index: next + offset, row, from: 0, images: each })));
    }
  }

  /** Repositories from `from` to before `end`, each with its two layers. */
  async #repositories(from: number, end: number): Promise<RepositoryRow[]> {
    const rule = { mutability: 'MUTABLE', filters: '[]', encryption: 'AES256', scanOnPush: 0 };
    const rows = await this.#app.store.write(async (tx) => {
      const made: RepositoryRow[] = [];
      for (let index = from; index < end; index += 1) {
        const name = repositoryName(index);
        const row = await tx.first(insertRepository, { ...this.#registry, ...rule, name, time: this.#time });
        if (!row) throw new Error('an inserted repository did not come back');
        made.push(row);
      }
      return made;
    });
    const links: Parameters<typeof insertLink.build>[1][] = [];
    for (const row of rows) {
      for (const { id, digest, size } of blobs) {
        const { wrap } = await this.#app.keyRing.newDataKey(row, 'layer', digest);
        links.push({ repository: row.id, digest, blob: id, size, wrap, leaseUntil: null });
      }
    }
    await this.#app.store.write(async (tx) => {
      for (const link of links) await tx.run(insertLink, link);
    });
    return rows;
  }

  async #images(shares: readonly Share[]): Promise<void> {
    const images: SealedImage[] = [];
    for (const { index, row, from, images: count } of shares) {
      for (let image = from; image < from + count; image += 1) {
        const body = manifestOf(index, image);
        const digest = digestOf(body);
        const { wrap, sealed } = await this.#app.keyRing.sealManifest(row, digest, body);
        images.push({ repository: row.id, digest, manifestSize: body.length, wrap, sealed, tag: tagName(image) });
      }
    }
    await this.#app.store.write(async (tx) => {
      for (const image of images) await this.#insert(tx, image);
    });
  }

  async #insert(tx: Writer, { repository, digest, manifestSize, wrap, sealed, tag }: SealedImage): Promise<void> {
    const row = await tx.first(insertImage, {
      repository,
      digest,
      mediaType: mediaTypes.ociManifest,
      artifactType: null,
      size: layerSize + configSize,
      manifestSize,
      subject: null,
      time: this.#time,
    });
    if (!row) throw new Error('an inserted image did not come back');
    await tx.run(insertManifest, { image: row.id, wrap, sealed });
    for (const layer of blobs) {
      await tx.run(insertImageLayer, { repository, digest: layer.digest, image: row.id, mediaType: layer.mediaType });
    }
    await tx.run(putTag, { repository, name: tag, image: row.id, time: this.#time });
  }
}
