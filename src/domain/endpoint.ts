import { isAccountId, isRegion } from './names.ts';
import { partitions } from './regions.ts';

/**
 * Whose request is it? Decided here alone, from the host name: AWS's names and those of the accepted domains say service,
 * account and region; any other host (localhost:4566, an address) says nothing, and the request itself must tell.
 */
export type Endpoint =
  | { readonly kind: 'api'; readonly service: string; readonly region: string | undefined; readonly domain: string }
  | { readonly kind: 'registry'; readonly account: string; readonly region: string; readonly domain: string }
  | { readonly kind: 'bare' };

/** Domains of AWS itself: always accepted, so that name resolution and a private CA are enough for hard-wired clients. */
const awsDomains = [...new Set(partitions.map(({ dnsSuffix }) => dnsSuffix))];

/** A resolver may know `<account>.dkr.ecr.<region>.localhost`. */
const localDomain = 'localhost';
const ownDomains = [...awsDomains, localDomain];

/** Global services answer without a region in their name. */
const globalServices = new Set(['sts', 'iam']);
const apiServices = new Set(['ecr', 'ecr-public', 'sts', 'iam']);

/** IAM has one name for both regions of a partition that has no default one: iam.us-gov.amazonaws.com. */
const partitionLabels = new Set(['us-gov']);

const bare: Endpoint = { kind: 'bare' };

/**
 * @param host as in the Host header, port allowed, lower case.
 * @param domains accepted domains besides AWS's own.
 */
export function endpointOf(host: string, domains: readonly string[]): Endpoint {
  const name = withoutPort(host);
  return findIn(domains, name) ?? findIn(ownDomains, name) ?? bare;
}

function findIn(domains: readonly string[], name: string): Endpoint | undefined {
  for (const domain of domains) {
    if (name.endsWith(domain) && name.at(-domain.length - 1) === '.') {
      const endpoint = endpointIn(name.slice(0, -domain.length - 1).split('.'), domain);
      if (endpoint) return endpoint;
    }
  }
  return undefined;
}

function endpointIn(labels: readonly string[], domain: string): Endpoint | undefined {
  // <account>.dkr.ecr.<region>.<domain>
  if (labels.length === 4 && labels[1] === 'dkr' && (labels[2] === 'ecr' || labels[2] === 'ecr-fips')) {
    const [account, , , region] = labels as [string, string, string, string];
    return isAccountId(account) && isRegion(region) ? { kind: 'registry', account, region, domain } : undefined;
  }
  // api.ecr.<region>.<domain>, api.ecr-fips.<region>.<domain>
  const [first, ...rest] = labels[0] === 'api' ? labels.slice(1) : labels;
  if (first === undefined || rest.length > 1) return undefined;
  const service = first.endsWith('-fips') ? first.slice(0, -5) : first;
  if (!apiServices.has(service)) return undefined;
  const [region] = rest;
  if (region === undefined) return globalServices.has(service) ? { kind: 'api', service, region, domain } : undefined;
  if (service === 'iam' && partitionLabels.has(region)) return { kind: 'api', service, region: undefined, domain };
  return isRegion(region) ? { kind: 'api', service, region, domain } : undefined;
}

/** The name or address of a Host header. */
export function withoutPort(host: string): string {
  if (host.startsWith('[')) return host.slice(0, host.indexOf(']') + 1);
  const colon = host.indexOf(':');
  return colon < 0 ? host : host.slice(0, colon);
}

/** Which family of names an answer uses: what the request came by, or what the operator has set (`--advertise`). */
export type Advertise = { readonly kind: 'host' } | { readonly kind: 'domain'; readonly domain: string };

/** How a registry is named in an answer: `proxy` with scheme, `uri` without, neither with a path. */
export interface RegistryName {
  readonly proxy: string;
  readonly uri: string;
}

/**
 * The name of a registry for the one who asks: a request by a name that says account or region is answered in the same
 * family (`repositoryUri` as at AWS), one by a bare endpoint as `advertise` says.
 */
export function registryName(
  registry: { account: string; region: string },
  asked: { host: string; secure: boolean; endpoint: Endpoint },
  advertise: Advertise,
): RegistryName {
  const domain =
    asked.endpoint.kind !== 'bare' ? asked.endpoint.domain : advertise.kind === 'domain' ? advertise.domain : undefined;
  if (domain === undefined) return { proxy: `${asked.secure ? 'https' : 'http'}://${asked.host}`, uri: asked.host };
  const port = asked.endpoint.kind === 'bare' ? '' : asked.host.slice(withoutPort(asked.host).length);
  const scheme = asked.endpoint.kind === 'bare' || asked.secure ? 'https' : 'http';
  const uri = `${registry.account}.dkr.ecr.${registry.region}.${domain}${port}`;
  return { proxy: `${scheme}://${uri}`, uri };
}
