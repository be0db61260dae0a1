import { endpointOf, registryName, type Advertise, type RegistryName } from '../domain/endpoint.ts';
import type { Call, Registry, Uses } from './app.ts';

/** Which host names count as ours, and how registries are called in answers to a bare endpoint. */
export interface Naming {
  readonly domains: readonly string[];
  readonly advertise: Advertise;
}

/** How a registry is called in an answer to this call. */
export function nameRegistry(app: Uses<'naming'>, call: Call, registry: Registry): RegistryName {
  const { host, secure } = call.source;
  const { domains, advertise } = app.naming;
  return registryName(registry, { host, secure, endpoint: endpointOf(host, domains) }, advertise);
}
