import type { Call, Registry } from '../core/app.ts';
import type { TokenHolder } from '../core/iam/login-tokens.ts';
import { RegistryError } from '../domain/errors.ts';
import { isRepositoryName, repositoryNamePattern } from '../domain/names.ts';
import { ByteBudget } from '../http/body.ts';
import type { Exchange } from '../http/exchange.ts';
import { authenticate } from './authenticate.ts';
import { openCall } from './call.ts';
import { answerError, OciError } from './errors.ts';
import { redeemLayerUrl } from './layers.ts';
import type { OciApp } from './request.ts';
import { routeOf, routes } from './routes.ts';

export interface OciDoor {
  /** `registry` is the one that the host name says, if it says one; else the login token's counts. */
  handle(exchange: Exchange, registry: Registry | undefined): Promise<void>;
  /** A presigned URL of a layer (`/layers/…`), which needs no other credentials. */
  redeem(exchange: Exchange): Promise<void>;
}

/** Memory for manifests that are being pushed, of all requests together: 16 of the largest. */
const manifestBudget = 64 * 1024 * 1024;

/** The OCI data plane: authenticate → route → the resource's file, which authorizes and calls core. */
export function createOciDoor(app: OciApp): OciDoor {
  const budget = new ByteBudget(manifestBudget);
  return {
    redeem: (exchange) => redeemLayerUrl(app, exchange),
    handle: async (exchange, hostRegistry) => {
      try {
        const holder = await authenticate(app, exchange);
        if (!holder) return;
        const registry = hostRegistry ?? holder.registry;
        const route = routeOf(exchange.path);
        if (!route)
          throw new OciError({ status: 404, code: 'UNSUPPORTED', message: 'There is no such path in this API' });
        const handler = routes[route.resource][exchange.method];
        if (!handler) throw notAllowed(exchange.method, Object.keys(routes[route.resource]));
        if (route.resource !== 'base' && route.resource !== 'catalog') requireName(route.name);
        const query = new URLSearchParams(exchange.query);
        const open = ({ principal }: TokenHolder): Call => openCall(app, exchange, { principal, registry });
        const call = open(holder);
        const renew = async (): Promise<Call> => open((await authenticate(app, exchange)) ?? holder);
        const { name, reference } = route;
        await handler({ app, exchange, call, renew, registry, name, reference, query, budget });
      } catch (error) {
        answerError(exchange, error, app.log);
      }
    },
  };
}

function notAllowed(method: string, methods: readonly string[]): OciError {
  const message = `The operation ${/^[A-Z]{1,10}$/.test(method) ? method : 'asked for'} is unsupported here`;
  return new OciError({ status: 405, code: 'UNSUPPORTED', message }, { allow: methods.join(', ') });
}

function requireName(name: string): void {
  if (isRepositoryName(name)) return;
  const constraint =
    name.length < 2
      ? 'must have length greater than or equal to 2'
      : name.length > 256
        ? 'must have length less than or equal to 256'
        : `must satisfy regular expression '${repositoryNamePattern}'`;
  throw new RegistryError('invalidParameter', { field: 'repositoryName', constraint });
}
