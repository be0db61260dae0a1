import type { AwsDoor } from './aws/service.ts';
import { endpointOf, type Endpoint } from './domain/endpoint.ts';
import type { Exchange } from './http/exchange.ts';
import { reply } from './http/reply.ts';
import type { OciDoor } from './oci/door.ts';
import type { Log } from './telemetry/log.ts';

export interface FrontOptions {
  readonly aws: AwsDoor;
  readonly oci: OciDoor;
  readonly domains: readonly string[];
  /** True when the registry can serve. */
  readonly ready: () => Promise<boolean>;
  readonly log: Log;
}

const text = { 'content-type': 'text/plain; charset=utf-8' };

/** Hands each request to its door: health, the OCI front by its path, the AWS services with everything else. */
export function createFront(options: FrontOptions): (exchange: Exchange) => Promise<void> {
  const { aws, oci, domains, log } = options;
  return async (exchange) => {
    try {
      const { path } = exchange;
      if (path === '/healthz') return reply(exchange, 200, text, 'ok\n');
      if (path === '/readyz')
        return (await options.ready())
          ? reply(exchange, 200, text, 'ready\n')
          : reply(exchange, 503, text, 'not ready\n');
      const endpoint = endpointOf(exchange.host, domains);
      if (path.startsWith('/v2/') || path === '/v2') {
        return await oci.handle(exchange, endpoint.kind === 'registry' ? endpoint : undefined);
      }
      if (path.startsWith('/layers/')) return await oci.redeem(exchange);
      if (isVisitor(exchange)) return reply(exchange, 200, text, welcome);
      await aws.handle(exchange, hintOf(endpoint));
    } catch (error) {
      log.error({ err: error, request: exchange.id }, 'a request failed outside of every door');
      reply(exchange, 500, text, 'The registry failed to answer; its log has the request id.\n');
    }
  };
}

const hintOf = (endpoint: Endpoint): { service?: string | undefined; region?: string | undefined } =>
  endpoint.kind === 'api' ? { service: endpoint.service, region: endpoint.region } : {};

/** Somebody with a browser who wants to see whether anything is there. */
function isVisitor({ method, path, query, req }: Exchange): boolean {
  return (
    (method === 'GET' || method === 'HEAD') && path === '/' && query === '' && req.headers.authorization === undefined
  );
}

const welcome =
  'Stowage: a container registry that speaks the API of Amazon ECR.\n' +
  'AWS API: POST / · OCI Distribution: /v2/ · health: /healthz, /readyz\n';
