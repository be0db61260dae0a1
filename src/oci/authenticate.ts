import { findTokenHolder, type LoginRefusal, type TokenHolder } from '../core/iam/login-tokens.ts';
import type { Exchange } from '../http/exchange.ts';
import { OciError } from './errors.ts';
import { answer, type OciApp } from './request.ts';

/** Why a password was refused, in words that tell what to do. Expired: ECR's code and text. */
const refusals: Record<LoginRefusal, { code: 'UNAUTHORIZED' | 'DENIED'; message: string }> = {
  malformed: {
    code: 'UNAUTHORIZED',
    message:
      'Your Authorization Token is invalid. The user name is AWS and the password a login token of this registry.',
  },
  altered: { code: 'UNAUTHORIZED', message: 'Your Authorization Token is invalid. It was altered.' },
  foreign: {
    code: 'UNAUTHORIZED',
    message: 'Your Authorization Token is invalid. Another installation has issued it.',
  },
  revoked: {
    code: 'UNAUTHORIZED',
    message: 'Your Authorization Token is invalid. The access key that it was made with is gone or inactive.',
  },
  expired: { code: 'DENIED', message: 'Your authorization token has expired. Reauthenticate and try again.' },
};

const challenge = (exchange: Exchange): Record<string, string> => ({
  'www-authenticate': `Basic realm="${exchange.secure ? 'https' : 'http'}://${exchange.host}/",service="ecr.amazonaws.com"`,
});

/**
 * Who is asking. Undefined after a request without credentials has been answered, in ECR's plain text. A refused token is
 * answered 401 with the challenge, where ECR says 403: clients log in again only on 401.
 *
 * @throws OciError 401.
 */
export async function authenticate(app: OciApp, exchange: Exchange): Promise<TokenHolder | undefined> {
  const authorization = exchange.req.headers.authorization;
  if (authorization === undefined) {
    const headers = { ...challenge(exchange), 'content-type': 'text/plain; charset=utf-8' };
    answer({ exchange }, 401, headers, 'Not Authorized\n');
    return undefined;
  }
  const password = passwordIn(authorization);
  const holder = password === undefined ? 'malformed' : await findTokenHolder(app, password, exchange.receivedAt);
  if (typeof holder !== 'string') return holder;
  throw new OciError({ status: 401, ...refusals[holder] }, challenge(exchange));
}

/** The login token in a header: the password of user AWS, or a bearer token in either of its two forms. */
function passwordIn(authorization: string): string | undefined {
  const space = authorization.indexOf(' ');
  const scheme = authorization.slice(0, space).toLowerCase();
  const value = authorization.slice(space + 1).trim();
  if (space < 0 || value.length > 4096) return undefined;
  if (scheme === 'bearer' && value.startsWith('LT1.')) return value;
  if (scheme !== 'basic' && scheme !== 'bearer') return undefined;
  const pair = Buffer.from(value, 'base64').toString();
  return pair.startsWith('AWS:') ? pair.slice(4) : undefined;
}
