import type { Principal } from '../../domain/iam/principal.ts';
import {
  loginTokenKey,
  loginTokenLife,
  newLoginToken,
  readLoginToken,
  type TokenMac,
  type TokenRefusal,
} from '../../domain/iam/login-token.ts';
import { deleteLoginTokens, findLoginToken, insertLoginToken } from '../../store/accounts.ts';
import type { Call, Registry, Uses } from '../app.ts';
import type { Allowed } from '../authorize.ts';
import type { Installation } from '../installation/installation.ts';
import { findCredential } from './access-keys.ts';

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

/** Issues a login token of 12 hours for the caller (ECR: GetAuthorizationToken). It is on disk when this resolves. */
export async function issueLoginToken(
  app: Uses<'store' | 'installation'>,
  call: Call,
  allowed: Allowed<'ecr:GetAuthorizationToken'>,
): Promise<IssuedToken> {
  const { text, id } = newLoginToken(app.installation.id, macOf(app.installation));
  const expiresAt = call.time + loginTokenLife;
  await app.store.write((tx) =>
    tx.run(insertLoginToken, {
      id: loginTokenKey(id),
      account: allowed.registry.account,
      region: allowed.registry.region,
      accessKey: call.principal.accessKeyId,
      user: call.principal.id,
      context: '{}',
      issued: call.time,
      expires: expiresAt,
    }),
  );
  return { password: text, expiresAt };
}

/** Who holds a token and which registry it was issued for, or why it is refused. */
export type TokenHolder = { readonly principal: Principal; readonly registry: Registry };
export type LoginRefusal = TokenRefusal | 'expired' | 'revoked';

/** Looks who a login token stands for, at this moment: it dies with its access key and its user. */
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
  const credential = await findCredential(app, row.access_key);
  if (!credential?.active || credential.principal.id !== row.user_id) return 'revoked';
  const holder = {
    principal: credential.principal,
    registry: { account: row.account, region: row.region },
    expiresAt: row.expires_at,
    revision: credential.revision,
  };
  app.credentials.tokens.set(password, holder);
  return holder;
}

/** Forgets rows of tokens that expired long ago. */
export function dropOldTokens(app: Uses<'store'>, now: number): Promise<number> {
  return app.store.write((tx) => tx.run(deleteLoginTokens, { expiredBefore: now - keptAfterExpiry }));
}
