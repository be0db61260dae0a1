import type { Call, Registry } from '../core/app.ts';
import type { Principal } from '../domain/iam/principal.ts';
import type { Exchange } from '../http/exchange.ts';
import type { OciApp } from './request.ts';

/**
 * The context of a request of this front.
 *
 * @param services the endpoint services of which one must be served by the VPC endpoint that the request came through.
 * @throws RegistryError accessDenied, where none is.
 */
export function openCall(
  app: OciApp,
  exchange: Exchange,
  { principal, registry }: { principal: Principal; registry: Registry },
  services: readonly string[] = ['ecr.dkr'],
): Call {
  const { 'user-agent': userAgent = '', referer } = exchange.req.headers;
  return {
    id: exchange.id,
    time: exchange.receivedAt,
    principal,
    registry,
    source: {
      address: exchange.address,
      userAgent,
      secure: exchange.secure,
      host: exchange.host,
      referer,
      endpoint: app.endpoints.enter(exchange.endpoint, principal, services),
    },
    signal: exchange.signal,
    log: app.log,
  };
}
