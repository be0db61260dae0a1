import { accountOfIamId } from '../../domain/iam/ids.ts';
import type { Principal } from '../../domain/iam/principal.ts';
import type { Session } from '../../domain/iam/session.ts';
import { findKeyHolder } from '../../store/iam/rights.ts';
import { findServiceCredential } from '../../store/iam/service-credentials.ts';
import type { Uses } from '../app.ts';
import { unsealAccessKey } from './access-keys.ts';
import type { CachedKey } from './credential-cache.ts';
import { loadSession, loadUser, servicePrincipal } from './principals.ts';
import { openSessionToken } from './session-tokens.ts';

type Parts = Uses<'store' | 'installation' | 'credentials'>;

/**
 * The credential that an access key id names, of a user, a service, or, with its session token, of a session; undefined
 * where there is none here, or the token is not that of the key. Nothing of a closed account counts.
 */
export async function findCredential(
  app: Parts,
  accessKeyId: string,
  sessionToken?: string,
): Promise<CachedKey | undefined> {
  if (accessKeyId.startsWith('ASIA')) {
    return sessionToken === undefined ? undefined : await findTemporary(app, accessKeyId, sessionToken);
  }
  const { keys } = app.credentials;
  const cached = keys.get(accessKeyId);
  if (cached) {
    if (await app.credentials.isCurrent(app.store, cached)) return cached;
    keys.delete(accessKeyId);
  }
  // What is no id of ours is not looked for.
  if (accountOfIamId(accessKeyId) === undefined) return undefined;
  const found = (await findUserKey(app, accessKeyId)) ?? (await findServiceKey(app, accessKeyId));
  if (found) keys.set(accessKeyId, found.key, found.weight);
  return found?.key;
}

interface Found {
  readonly key: CachedKey;
  readonly weight: number;
}

async function findUserKey({ store, installation, credentials }: Parts, id: string): Promise<Found | undefined> {
  const row = await store.read.first(findKeyHolder, { id });
  if (!row || row.closed_at !== null) return undefined;
  const { principal, revision, weight } = await loadUser(store.read, credentials.policies, row.account, row, id);
  const secretAccessKey = unsealAccessKey(installation, { account: row.account, id }, row.sealed_secret);
  return { key: { secretAccessKey, principal, active: row.active === 1, revision }, weight };
}

async function findServiceKey({ store, installation }: Parts, id: string): Promise<Found | undefined> {
  const row = await store.read.first(findServiceCredential, { id });
  if (!row || row.closed_at !== null) return undefined;
  const { account, service, source_arn: sourceArn, expires_at: expiresAt, revision } = row;
  const secretAccessKey = unsealAccessKey(installation, { account, id }, row.sealed_secret);
  const principal = servicePrincipal({ account, service, sourceArn }, id);
  return { key: { secretAccessKey, principal, active: true, revision, expiresAt }, weight: 0 };
}

/** A session token tells all but whether its role or user is still there, and what these may do. */
async function findTemporary(app: Parts, accessKeyId: string, sessionToken: string): Promise<CachedKey | undefined> {
  const { store, installation, credentials } = app;
  const cached = credentials.sessions.get(sessionToken);
  if (cached) {
    if (cached.principal.accessKeyId !== accessKeyId) return undefined;
    if (await credentials.isCurrent(store, cached)) return cached;
    credentials.sessions.delete(sessionToken);
  }
  if (accountOfIamId(accessKeyId) === undefined) return undefined;
  const opened = openSessionToken(installation, sessionToken);
  if (opened?.accessKeyId !== accessKeyId) return undefined;
  const { session, secretAccessKey } = opened;
  const loaded = await loadSession(store.read, credentials.policies, session, accessKeyId);
  if (!loaded) return undefined;
  const { principal, revision, weight } = loaded;
  const { expiresAt } = session;
  const found: CachedKey = { secretAccessKey, principal, active: true, revision, sessionToken, expiresAt };
  credentials.sessions.set(sessionToken, found, weight);
  return found;
}

/** Who made something that outlives the request (a login token), as it is remembered there. */
export interface Maker {
  /** The access key that the maker used. */
  readonly accessKeyId: string;
  /** The id of the principal (`aws:userid`). */
  readonly id: string;
  /** Of a maker with temporary credentials. */
  readonly session?: Session | undefined;
}

export const makerOf = ({ accessKeyId, id, session }: Principal): Maker => ({ accessKeyId, id, session });

/**
 * A maker as a principal of this moment. Undefined where the maker is gone, its account is closed, or its access key is
 * gone, inactive or has expired; that a session has ended since does not matter.
 */
export async function findMaker(
  app: Parts,
  { accessKeyId, id, session }: Maker,
  now: number,
): Promise<{ readonly principal: Principal; readonly revision: number; readonly weight: number } | undefined> {
  if (session) {
    const loaded = await loadSession(app.store.read, app.credentials.policies, session, accessKeyId);
    return loaded?.principal.id === id ? loaded : undefined;
  }
  const credential = await findCredential(app, accessKeyId);
  if (!credential?.active || credential.principal.id !== id) return undefined;
  if (credential.expiresAt !== undefined && credential.expiresAt <= now) return undefined;
  return { principal: credential.principal, revision: credential.revision, weight: 0 };
}
