import { findAccountRevision } from '../../store/accounts.ts';
import type { Store } from '../../store/db.ts';
import { WeightedMap } from '../../lib/weighted-map.ts';
import type { Principal } from '../../domain/iam/principal.ts';
import type { Registry } from '../app.ts';
import { bytesOfCharacter, CompiledPolicies } from './compiled-policies.ts';

/** Who is behind a credential, with the revision of their account at which it was read. */
interface Cached {
  readonly principal: Principal;
  readonly revision: number;
}

/** An access key, or a temporary one with its session token, as requests need it. */
export interface CachedKey extends Cached {
  readonly secretAccessKey: string;
  readonly active: boolean;
  readonly sessionToken?: string | undefined;
  /** Milliseconds since 1970. */
  readonly expiresAt?: number | undefined;
}

/** A login token as requests need it. */
export interface CachedToken extends Cached {
  readonly registry: Registry;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Bytes that all entries of one kind may take, and that each takes beside its texts. */
const mostWeight = 48 * 1024 * 1024;
const entryWeight = 2048;

/** Entries of one kind; those least recently used go when they weigh too much. */
class Entries<E extends Cached> {
  readonly #entries = new WeightedMap<string, E>(mostWeight);

  get(name: string): E | undefined {
    return this.#entries.get(name);
  }

  /** `weight`: characters of policies and tags that the entry keeps alone. */
  set(name: string, entry: E, weight: number): void {
    this.#entries.set(name, entry, entryWeight + name.length + weight * bytesOfCharacter);
  }

  delete(name: string): void {
    this.#entries.delete(name);
  }
}

/**
 * Who is behind an access key, a session token or a login token, and what they may do. An entry counts only while its
 * account's revision, which every change of users, roles, policies and keys bumps in its own transaction, is the one
 * that it was read at: revoking acts at once.
 */
export class CredentialCache {
  readonly keys = new Entries<CachedKey>();
  readonly sessions = new Entries<CachedKey>();
  readonly tokens = new Entries<CachedToken>();
  readonly policies = new CompiledPolicies();
  /** At which count of commits an entry was last found to be current. */
  readonly #compared = new WeakMap<Cached, number>();

  /** Whether an entry still counts. As long as nothing is committed, comparing it once is enough. */
  async isCurrent(store: Store, entry: Cached): Promise<boolean> {
    const { commits } = store;
    if (commits !== undefined && this.#compared.get(entry) === commits) return true;
    const now = await store.read.first(findAccountRevision, { account: entry.principal.account });
    if (now?.revision !== entry.revision) return false;
    if (commits !== undefined) this.#compared.set(entry, commits);
    return true;
  }
}
