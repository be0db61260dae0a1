import type { OutgoingHttpHeaders } from 'node:http';
import type { App, Call, Registry, Uses } from '../core/app.ts';
import type { ByteBudget } from '../http/body.ts';
import type { Exchange } from '../http/exchange.ts';
import { reply } from '../http/reply.ts';

/** The parts of the App that the OCI front uses. */
export type OciApp = Uses<
  | 'store'
  | 'blobs'
  | 'keyRing'
  | 'installation'
  | 'credentials'
  | 'resourcePolicies'
  | 'endpoints'
  | 'pullTimes'
  | 'uploadIds'
  | 'uploadLocks'
  | 'pageTokens'
  | 'limits'
  | 'log'
> &
  Pick<App, 'clock'>;

/** A request of the OCI front, authenticated, with its path taken apart. */
export interface OciRequest {
  readonly app: OciApp;
  readonly exchange: Exchange;
  readonly call: Call;
  /** The call anew, by who holds its token at this moment. @throws OciError 401, RegistryError accessDenied. */
  readonly renew: () => Promise<Call>;
  readonly registry: Registry;
  /** Name of the repository; '' for the requests that have none. */
  readonly name: string;
  /** Last part of the path: tag, digest or upload id; '' where there is none. */
  readonly reference: string;
  readonly query: URLSearchParams;
  /** What manifests that are being pushed may hold together. */
  readonly budget: ByteBudget;
}

export type OciHandler = (request: OciRequest) => Promise<void>;

/** Every answer of this front says which API it speaks, as docker looks for it. */
const versionHeader = { 'docker-distribution-api-version': 'registry/2.0' };

export function answer(
  request: { exchange: Exchange },
  status: number,
  headers: OutgoingHttpHeaders,
  body?: string | Buffer,
): void {
  reply(request.exchange, status, { ...versionHeader, ...headers }, body ?? '');
}

export function answerJson(
  request: { exchange: Exchange },
  status: number,
  headers: OutgoingHttpHeaders,
  body: unknown,
): void {
  answer(request, status, { 'content-type': 'application/json; charset=utf-8', ...headers }, JSON.stringify(body));
}

/** An absolute URL under the host that the client asked. */
export function urlOf(exchange: Exchange, path: string): string {
  return `${exchange.secure ? 'https' : 'http'}://${exchange.host}${path}`;
}

/** A header's only value; undefined where it is absent or was sent twice. */
export function header(exchange: Exchange, name: string): string | undefined {
  const value = exchange.req.headers[name];
  return typeof value === 'string' ? value : undefined;
}
