import { findAccountRevision } from '../../store/accounts.ts';
import type { Store } from '../../store/db.ts';
import { BoundedMap } from '../../lib/bounded-map.ts';
import type { Principal } from '../../domain/iam/principal.ts';
import type { Registry } from '../app.ts';

/** An access key as requests need it, with the revision of its account at which it was read. */
export interface CachedKey {
  readonly secretAccessKey: string;
  readonly principal: Principal;
  readonly active: boolean;
  readonly revision: number;
}

/** A login token as requests need it. */
export interface CachedToken {
  readonly principal: Principal;
  readonly registry: Registry;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly revision: number;
}

/**
 * Who is behind an access key or a login token. An entry counts only while its account's revision, which every change
 * of users and keys bumps in its own transaction, is the one that it was read at: revoking acts at once.
 */
export class CredentialCache {
  readonly keys = new BoundedMap<string, CachedKey>(10_000);
  readonly tokens = new BoundedMap<string, CachedToken>(10_000);
  /** At which count of commits an entry was last found to be current. */
  readonly #compared = new WeakMap<CachedKey | CachedToken, number>();

  /** Whether an entry still counts. As long as nothing is committed, comparing it once is enough. */
  async isCurrent(store: Store, entry: CachedKey | CachedToken): Promise<boolean> {
    const { commits } = store;
    if (commits !== undefined && this.#compared.get(entry) === commits) return true;
    const now = await store.read.first(findAccountRevision, { account: entry.principal.account });
    if (now?.revision !== entry.revision) return false;
    if (commits !== undefined) this.#compared.set(entry, commits);
    return true;
  }
}
