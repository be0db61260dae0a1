import { RegistryError } from '../../domain/errors.ts';
import { compilePolicy, type CompiledPolicy } from '../../domain/iam/policy/compile.ts';
import type { Principal } from '../../domain/iam/principal.ts';
import type { DeclaredEndpoint, EndpointService } from '../../domain/vpc-endpoints.ts';

/** A VPC endpoint as the operator declared it: the private way by which a request came. */
export interface VpcEndpoint {
  /** `vpce-…` */
  readonly id: string;
  /** `vpc-…` */
  readonly vpc: string;
  /** The account that owns it. */
  readonly account: string;
  /** Allows what may pass; it stands in every decision on a request through the endpoint. */
  readonly policy: CompiledPolicy;
}

/** Who gives out layers by URL: ecr.api makes the URLs, ecr.dkr is how clients come to layers else. */
export const layerServices = ['ecr.api', 'ecr.dkr'] satisfies EndpointService[];

/** The name that the endpoint service of an API has; `service` is that of a signature's scope. */
export const apiService = (service: string): string => (service === 'ecr' ? 'ecr.api' : service);

/** The VPC endpoints that the operator declared. They do not change while the server runs. */
export class Endpoints {
  readonly #byId: ReadonlyMap<string, ReadonlyMap<string, VpcEndpoint>>;

  constructor(declared: readonly DeclaredEndpoint[]) {
    this.#byId = new Map(declared.map((endpoint) => [endpoint.id, compile(endpoint)]));
  }

  /**
   * The endpoint that a request came through, with the policy for the service that the request means. Where any of several
   * would do, the first that is served decides.
   *
   * @param id undefined for a request that came through none, '' for one whose host name chose none.
   * @throws RegistryError accessDenied, where the endpoint serves none of the services.
   */
  enter(id: string | undefined, principal: Principal, services: readonly string[]): VpcEndpoint | undefined {
    if (id === undefined) return undefined;
    const endpoint = this.#find(id, services);
    if (endpoint) return endpoint;
    const why = id === '' ? 'the host name chooses no VPC endpoint' : `VPC endpoint ${id} does not serve it`;
    throw new RegistryError('accessDenied', {
      text: `User: ${principal.arn} is not authorized to use ${services.join(' or ')} because ${why}`,
    });
  }

  /**
   * The endpoint with the policy for the first of the services that it serves; undefined where there is no such endpoint,
   * or it serves none of them.
   */
  #find(id: string, services: readonly string[]): VpcEndpoint | undefined {
    const served = this.#byId.get(id);
    return services.map((service) => served?.get(service)).find((endpoint) => endpoint !== undefined);
  }
}

function compile({ id, vpc, account, services }: DeclaredEndpoint): ReadonlyMap<string, VpcEndpoint> {
  return new Map(
    [...services].map(([service, document]) => {
      const policy = compilePolicy(document, { name: `${id}: ${service}`, resource: '*' });
      return [service, { id, vpc, account, policy }];
    }),
  );
}
