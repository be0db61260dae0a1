import {
  findOverlap,
  groupEndpoints,
  isWithin,
  type DeclaredEndpoint,
  type EndpointGroup,
} from '../domain/vpc-endpoints.ts';
import { hostInUrl, isLoopback, type Address } from './kinds.ts';

/** What endpoints share with the rest of the configuration. */
interface Around {
  readonly endpoints: readonly DeclaredEndpoint[];
  readonly trustedProxies: readonly string[];
  /** Listeners for everybody: where, and by which flag. */
  readonly listeners: readonly { readonly flag: string; readonly address: Address | undefined }[];
  readonly hasCertificate: boolean;
  /** True where plain HTTP may be heard by other machines. */
  readonly allowsPlainHttp: boolean;
}

/** Mistakes that lie between endpoints which are each well-formed, and between them and other settings. */
export function findEndpointConflicts(around: Around): string[] {
  const { endpoints } = around;
  const groups = groupEndpoints(endpoints);
  return [
    ...repeated(endpoints.map(({ id }) => id)).map((id) => `there are two with the id ${id}.`),
    ...groups.flatMap(findSameHosts),
    ...findOverlaps(groups),
    ...findStrangers(around),
    ...findListenerConflicts(groups, around),
  ].map((sentence) => `endpoints: ${sentence}`);
}

const repeated = (names: readonly string[]): string[] => [
  ...new Set(names.filter((name, index) => names.indexOf(name) !== index)),
];

/** Of endpoints with the same way, each name may choose one only, and one only may do without names. */
function findSameHosts({ endpoints }: EndpointGroup): string[] {
  const names = endpoints.flatMap(({ hosts }) => (hosts.length === 0 ? [''] : [...new Set(hosts)]));
  return repeated(names).map((name) => {
    const ids = endpoints.filter(({ hosts }) => (name === '' ? hosts.length === 0 : hosts.includes(name)));
    const what = name === '' ? 'no hosts' : `the host ${name}`;
    return `${ids.map(({ id }) => id).join(' and ')} are reached in the same way and have ${what}, so nothing tells them apart.`;
  });
}

function findOverlaps(groups: readonly EndpointGroup[]): string[] {
  return groups.flatMap((a, index) =>
    groups.slice(index + 1).flatMap((b) => {
      const overlap = findOverlap(a.way, b.way);
      if (overlap === undefined) return [];
      const [one, other] = [a.endpoints[0]?.id, b.endpoints[0]?.id];
      return `the ${a.way.kind} of ${one} and ${other} overlap (${overlap.join(' and ')}); they must be apart, or the same for both and told apart by hosts.`;
    }),
  );
}

/** A proxy that is not trusted is a client like any other. */
function findStrangers({ endpoints, trustedProxies }: Around): string[] {
  return endpoints.flatMap(({ id, way }) =>
    way.kind !== 'proxies'
      ? []
      : way.networks
          .filter((network) => !isWithin(network, trustedProxies))
          .map((network) => `${id}: its proxy ${network} is not among the trusted proxies; add it to trusted-proxies.`),
  );
}

function findListenerConflicts(groups: readonly EndpointGroup[], around: Around): string[] {
  const found: string[] = [];
  const taken = new Map<string, string>();
  for (const { flag, address } of around.listeners) if (address && address.port !== 0) taken.set(textOf(address), flag);
  for (const { way, endpoints } of groups) {
    const id = endpoints[0]?.id ?? '';
    if (way.kind !== 'listener') continue;
    const other = taken.get(textOf(way));
    if (other !== undefined) found.push(`${id}: ${textOf(way)} is also that of ${other}; an endpoint has its own.`);
    if (way.port !== 0) taken.set(textOf(way), id);
    if (way.secure && !around.hasCertificate)
      found.push(`${id}: tls-listen needs --tls-dir, where the certificate lies that is to be shown there.`);
    if (!way.secure && !isLoopback(way.host) && !around.allowsPlainHttp)
      found.push(
        `${id}: other machines reach ${way.host}, and passwords that live 12 hours would travel there in plain HTTP; use tls-listen, or say --allow-plain-http if that is meant.`,
      );
  }
  return found;
}

const textOf = ({ host, port }: Address): string => `${hostInUrl(host)}:${port}`;
