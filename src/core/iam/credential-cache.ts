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
}
