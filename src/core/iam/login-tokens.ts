import type { Principal } from '../../domain/iam/principal.ts';
import {
  loginTokenKey,
  loginTokenLife,
  newLoginToken,
  readLoginToken,
  type TokenMac,
  type TokenRefusal,
} from '../../domain/iam/login-token.ts';
import type { Session } from '../../domain/iam/session.ts';
import { deleteLoginTokens, findLoginToken, insertLoginToken } from '../../store/accounts.ts';
import type { Call, Registry, Uses } from '../app.ts';
import type { Allowed } from '../authorize.ts';
import type { Installation } from '../installation/installation.ts';
import { findCredential, findMaker, makerOf } from './credentials.ts';

export interface IssuedToken {
  /** The password of `docker login`, user name AWS. */
  readonly password: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Rows of expired tokens are kept for a day, so that "expired" can be told from "revoked". */
const keptAfterExpiry = 24 * 60 * 60 * 1000;

const macOf =
  (installation: Installation): TokenMac =>
  (text) =>
    installation.root.mac('login token', text);

/**
 * Issues a login token of 12 hours for the caller (ECR: GetAuthorizationToken), also where the caller's session ends
 * before. It keeps what the session is: policies, tags, source identity, time of issue. It is on disk when this resolves.
 */
export async function issueLoginToken(
  app: Uses<'store' | 'installation' | 'credentials'>,
  call: Call,
  allowed: Allowed<'ecr:GetAuthorizationToken'>,
): Promise<IssuedToken> {
  const { text, id } = newLoginToken(app.installation.id, macOf(app.installation));
  const { accessKeyId, id: user, session } = makerOf(call.principal);
  const expiresAt = Math.min(call.time + loginTokenLife, await endOfService(app, call.principal));
  await app.store.write((tx) =>
    tx.run(insertLoginToken, {
      id: loginTokenKey(id),
      account: allowed.registry.account,
      region: allowed.registry.region,
      accessKey: accessKeyId,
      user,
      context: JSON.stringify(session ? { session } : {}),
      issued: call.time,
      expires: expiresAt,
    }),
  );
  return { password: text, expiresAt };
}

/** When the key of a service ends, which no token from it outlives; never for others. */
async function endOfService(
  app: Uses<'store' | 'installation' | 'credentials'>,
  { service, accessKeyId }: Principal,
): Promise<number> {
  const credential = service && (await findCredential(app, accessKeyId));
  return credential?.expiresAt ?? Infinity;
}

/** Who holds a token and which registry it was issued for, or why it is refused. */
export type TokenHolder = { readonly principal: Principal; readonly registry: Registry };
export type LoginRefusal = TokenRefusal | 'expired' | 'revoked';

/** Looks who a login token stands for, at this moment: it dies with its access key, its user or role, its account. */
export async function findTokenHolder(
  app: Uses<'store' | 'installation' | 'credentials'>,
  password: string,
  now: number,
): Promise<TokenHolder | LoginRefusal> {
  const cached = app.credentials.tokens.get(password);
  if (cached) {
    if (cached.expiresAt <= now) return 'expired';
    if (await app.credentials.isCurrent(app.store, cached)) return cached;
    app.credentials.tokens.delete(password);
  }
  const token = readLoginToken(password, app.installation.id, macOf(app.installation));
  if (typeof token === 'string') return token;
  const row = await app.store.read.first(findLoginToken, { id: loginTokenKey(token.id) });
  // A genuine token without a row was issued and has been forgotten since: it has expired.
  if (!row || row.expires_at <= now) return 'expired';
  const { session } = JSON.parse(row.context) as { session?: Session };
  const maker = await findMaker(app, { accessKeyId: row.access_key, id: row.user_id, session }, now);
  if (!maker) return 'revoked';
  const { principal, revision, weight } = maker;
  const registry = { account: row.account, region: row.region };
  const holder = { principal, registry, expiresAt: row.expires_at, revision };
  app.credentials.tokens.set(password, holder, weight);
  return holder;
}

/** Forgets rows of tokens that expired long ago. */
export function dropOldTokens(app: Uses<'store'>, now: number): Promise<number> {
  return app.store.write((tx) => tx.run(deleteLoginTokens, { expiredBefore: now - keptAfterExpiry }));
}
