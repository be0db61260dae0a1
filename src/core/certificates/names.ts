import { isIP } from 'node:net';
import { findPartition, knownRegions, partitions, type Partition } from '../../domain/regions.ts';

/**
 * Which names a server certificate has, and which ones the authority above it may speak for.
 *
 * A wildcard covers one label, so each region and family of registry names has its own. A constraint has no wildcard, and
 * covers the name with everything below it (RFC 5280 §4.2.1.10): ecr.REGION.amazonaws.com is a small part of AWS,
 * amazonaws.com would be all of it.
 */
export interface Names {
  readonly dns: readonly string[];
  /** Single addresses, written as {@link canonicalAddress} does. */
  readonly addresses: readonly string[];
}

export interface Wanted {
  readonly regions: readonly string[];
  /** Domains beside AWS's own. */
  readonly domains: readonly string[];
  /** Further names and addresses of the server. */
  readonly hosts: readonly string[];
}

/** Services with an endpoint in each region besides ECR: those that Stowage has, and those it will have. */
const regionalServices = ['sts', 'kms', 'secretsmanager', 'events', 'cloudtrail'];
const apiFamilies = ['ecr', 'ecr-fips'];
const registryFamilies = ['dkr.ecr', 'dkr.ecr-fips'];

/** Names without a region, or with the one region that the service has in its partition. */
const globalNames: Readonly<Record<string, readonly string[]>> = {
  aws: [
    'sts.amazonaws.com',
    'iam.amazonaws.com',
    'iam-fips.amazonaws.com',
    'api.ecr-public.us-east-1.amazonaws.com',
    'ecr-public.us-east-1.amazonaws.com',
    'public.ecr.amazonaws.com',
    'public.ecr.aws',
  ],
  'aws-cn': ['iam.cn-north-1.amazonaws.com.cn'],
  'aws-eusc': ['iam.eusc-de-east-1.amazonaws.eu'],
  'aws-us-gov': ['iam.us-gov.amazonaws.com'],
};

const localDomain = 'localhost';
const loopback = ['127.0.0.1', '::1'];

const unique = (names: readonly string[]): string[] => [...new Set(names)];

/** The address in the one way that it is written here; undefined for what is no address that a certificate can name. */
export function canonicalAddress(text: string): string | undefined {
  if (isIP(text) === 4) return text;
  // A zone is no part of an address, and an IPv4 address inside of IPv6 is read differently by different clients.
  if (isIP(text) !== 6 || text.includes('%')) return undefined;
  const address = new URL(`http://[${text}]`).hostname.slice(1, -1);
  return address.startsWith('::ffff:') ? undefined : address;
}

/** Everything by which a server in these regions is called. */
export function serverNames({ regions, domains, hosts }: Wanted): Names {
  const addresses = hosts.flatMap((host) => canonicalAddress(host) ?? []);
  return {
    dns: unique([
      ...regions.flatMap((region) => regionNames(region, findPartition(region).dnsSuffix)),
      ...unique(regions.map((region) => findPartition(region).id)).flatMap((id) => globalNames[id] ?? []),
      ...domains.flatMap((domain) => domainNames(domain, regions)),
      ...regions.map((region) => `*.dkr.ecr.${region}.${localDomain}`),
      localDomain,
      ...hosts.filter((host) => canonicalAddress(host) === undefined),
    ]),
    addresses: unique([...loopback, ...addresses]),
  };
}

function regionNames(region: string, suffix: string): string[] {
  const end = `${region}.${suffix}`;
  return [
    ...registryFamilies.map((family) => `*.${family}.${end}`),
    ...apiFamilies.flatMap((family) => [`api.${family}.${end}`, `${family}.${end}`]),
    ...regionalServices.flatMap((service) => [`${service}.${end}`, `${service}-fips.${end}`]),
  ];
}

/** The names that a domain of one's own has in place of AWS's. */
function domainNames(domain: string, regions: readonly string[]): string[] {
  const shared = ['sts', 'iam', 'ecr-public.us-east-1', 'api.ecr-public.us-east-1', 'public.ecr'];
  return [
    ...regions.flatMap((region) => regionNames(region, domain)),
    ...shared.map((name) => `${name}.${domain}`),
    domain,
  ];
}

/**
 * What an authority may speak for: AWS's names of our services in every known region, so that another region needs no new
 * trust, and whole only what belongs to whoever runs the server. DNS names alone would leave every address open.
 */
export function permittedNames({ regions, domains, hosts }: Wanted): Names {
  const { addresses } = serverNames({ regions: [], domains: [], hosts });
  return {
    dns: unique([
      ...[...knownRegions, ...regions].flatMap((region) => regionConstraints(region, findPartition(region))),
      ...partitions.flatMap(({ id }) => globalNames[id] ?? []),
      ...domains,
      localDomain,
      ...hosts.filter((host) => canonicalAddress(host) === undefined),
    ]),
    addresses,
  };
}

function regionConstraints(region: string, { dnsSuffix }: Partition): string[] {
  const services = regionalServices.flatMap((service) => [service, `${service}-fips`]);
  // The registry's names lie below the API's; they are listed for whoever reads the certificate.
  return [...apiFamilies, 'dkr.ecr', ...services].map((name) => `${name}.${region}.${dnsSuffix}`);
}

/** The names that constraints leave out. An authority without any may speak for all. */
export function findForbidden(names: Names, permitted: Names | undefined): string[] {
  if (permitted === undefined) return [];
  const isBelow = (name: string): boolean => permitted.dns.some((base) => name === base || name.endsWith(`.${base}`));
  return [
    ...names.dns.filter((name) => !isBelow(name)),
    ...names.addresses.filter((address) => !permitted.addresses.includes(address)),
  ];
}

/**
 * Clients give up on a chain that costs too many comparisons of a name with a constraint, Go before all others: from
 * 250,000 on (crypto/x509, MaxConstraintComparisions).
 */
export function isTooManyFor(names: Names, permitted: Names | undefined): boolean {
  return names.dns.length * (permitted?.dns.length ?? 0) > 250_000;
}
