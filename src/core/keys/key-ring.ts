import { partitionOf, repositoryArn } from '../../domain/arn.ts';
import type { DataKeyCache } from '../../keys/data-key-cache.ts';
import {
  newAccountKey,
  newDataKey,
  openAccountKey,
  wrapDataKey,
  type AccountKey,
  type DataKeyContext,
} from '../../keys/data-keys.ts';
import type { RootKey } from '../../keys/port.ts';
import { openSmall, sealSmall } from '../../keys/seal.ts';
import { randomId } from '../../lib/random.ts';
import { findRegistryKey, insertRegistryKey } from '../../store/accounts.ts';
import type { Store } from '../../store/db.ts';
import type { RepositoryRow } from '../../store/repositories.ts';
import type { Registry } from '../app.ts';

/** What a data key encrypts: a layer, a manifest, or a layer whose digest is not known yet (an upload). */
export type ObjectKind = 'layer' | 'manifest' | 'upload';

/** The encryption context of an object, in the form that ECR gives it (ECR user guide, "Encryption at rest"). */
export function objectContext(repository: RepositoryRow, kind: ObjectKind, name: string): DataKeyContext {
  const bucket = `${repository.region}-starport-${kind}-bucket`;
  return {
    repositoryArn: repositoryArn(repository),
    objectArn: `arn:${partitionOf(repository.region)}:s3:::${bucket}/${repository.account}/${name}`,
  };
}

/**
 * The keys of registries, and the data keys under them. A data key is wrapped once for each repository that holds the
 * object, bound to repository and object; only wraps are kept.
 */
export class KeyRing {
  readonly #root: RootKey;
  readonly #store: Store;
  readonly #cache: DataKeyCache;
  readonly #clock: () => number;
  readonly #keys = new Map<string, AccountKey>();
  /** Manifests by their sealed bytes, for as long as somebody holds those. */
  readonly #opened = new WeakMap<Uint8Array, Buffer>();

  constructor(options: { root: RootKey; store: Store; cache: DataKeyCache; clock: () => number }) {
    this.#root = options.root;
    this.#store = options.store;
    this.#cache = options.cache;
    this.#clock = options.clock;
  }

  /** The AES256 key of a registry; made, and on disk, at its first use. */
  async registryKey(registry: Registry): Promise<AccountKey> {
    const { account, region } = registry;
    const name = `${account}/${region}`;
    const known = this.#keys.get(name);
    if (known) return known;
    const row = (await this.#store.read.first(findRegistryKey, { account, region })) ?? (await this.#makeKey(registry));
    const key = openAccountKey(this.#root, row.sealed, { account, region, keyId: row.id });
    this.#keys.set(name, key);
    return key;
  }

  async #makeKey(registry: Registry): Promise<{ id: string; sealed: Uint8Array }> {
    const { account, region } = registry;
    const id = randomId(26);
    const { sealed } = newAccountKey(this.#root, { account, region, keyId: id });
    return this.#store.write(async (tx) => {
      await tx.run(insertRegistryKey, { account, region, id, sealed, time: this.#clock() });
      const row = await tx.first(findRegistryKey, { account, region });
      if (!row) throw new Error('the key of a registry is not there after it was made');
      return row;
    });
  }

  /** A fresh data key for an object of a repository, and its wrap, which will be unwrapped again soon. */
  async newDataKey(
    repository: RepositoryRow,
    kind: ObjectKind,
    name: string,
  ): Promise<{ dataKey: Buffer; wrap: Buffer }> {
    const dataKey = newDataKey();
    return { dataKey, wrap: await this.wrapForSoon(repository, kind, name, dataKey) };
  }

  /** As {@link wrap}, where the wrap will be unwrapped again soon. */
  async wrapForSoon(repository: RepositoryRow, kind: ObjectKind, name: string, dataKey: Buffer): Promise<Buffer> {
    const key = await this.registryKey(repository);
    const context = objectContext(repository, kind, name);
    const wrap = wrapDataKey(key, dataKey, context);
    this.#cache.keep(key, wrap, context, dataKey);
    return wrap;
  }

  async wrap(repository: RepositoryRow, kind: ObjectKind, name: string, dataKey: Buffer): Promise<Buffer> {
    const key = await this.registryKey(repository);
    return wrapDataKey(key, dataKey, objectContext(repository, kind, name));
  }

  /** The data key of a wrap, kept unwrapped for a while. */
  async unwrap(repository: RepositoryRow, kind: ObjectKind, name: string, wrap: Uint8Array): Promise<Buffer> {
    const key = await this.registryKey(repository);
    const context = objectContext(repository, kind, name);
    return this.#cache.unwrap(key, wrap, context);
  }

  /** Seals a manifest under a data key of its own. */
  async sealManifest(
    repository: RepositoryRow,
    digest: string,
    body: Uint8Array,
  ): Promise<{ wrap: Buffer; sealed: Buffer }> {
    const { dataKey, wrap } = await this.newDataKey(repository, 'manifest', digest);
    return { wrap, sealed: sealSmall(dataKey, body, digest) };
  }

  /** The bytes of a manifest, not to be changed. As long as the store gives the same row, it is opened once. */
  async openManifest(
    repository: RepositoryRow,
    manifest: { digest: string; wrap: Uint8Array; sealed: Uint8Array },
  ): Promise<Buffer> {
    const known = this.#opened.get(manifest.sealed);
    if (known) return known;
    const dataKey = await this.unwrap(repository, 'manifest', manifest.digest, manifest.wrap);
    const body = openSmall(dataKey, manifest.sealed, manifest.digest);
    this.#opened.set(manifest.sealed, body);
    return body;
  }

  close(): void {
    this.#cache.close();
    for (const key of this.#keys.values()) key.bytes.fill(0);
    this.#keys.clear();
  }
}
