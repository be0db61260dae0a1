import { formatIpNetwork, isInNetwork, networksOverlap } from '../lib/ip-address.ts';
import { parseIpAddress, parseIpNetwork, type IpNetwork } from '../lib/ip-address.ts';
import { withoutPort } from './endpoint.ts';
import type { PolicyDocument } from './iam/policy/document.ts';

/**
 * VPC endpoints off AWS: private ways to the registry that the operator declares. By which one a request came is told by
 * what a client cannot choose: the listener that took it, the trusted proxy that it came through, or its address. A host
 * name only chooses among endpoints that share one of these.
 */

/** What an endpoint may serve, named as AWS's endpoint services are: com.amazonaws.<region>.ecr.api. */
export const endpointServices = ['ecr.api', 'ecr.dkr', 'sts', 'iam'] as const;

export type EndpointService = (typeof endpointServices)[number];

/** How requests come to an endpoint. Networks are addresses, or written as `10.0.0.0/8`. */
export type EndpointWay =
  | { readonly kind: 'listener'; readonly host: string; readonly port: number; readonly secure: boolean }
  | { readonly kind: 'networks' | 'proxies'; readonly networks: readonly string[] };

export interface DeclaredEndpoint {
  /** `vpce-…` */
  readonly id: string;
  /** `vpc-…` */
  readonly vpc: string;
  /** The account that owns it, which need not be here. */
  readonly account: string;
  readonly way: EndpointWay;
  /** Names by which it is chosen among those of the same way; none for the one that takes all other names. */
  readonly hosts: readonly string[];
  /** The services that it serves, and the policy for each. */
  readonly services: ReadonlyMap<EndpointService, PolicyDocument>;
}

/** The policy of an endpoint that was given none, as at AWS. */
export const openEndpointPolicy: PolicyDocument = {
  version: '2008-10-17',
  statements: [{ effect: 'Allow', principal: '*', action: ['*'], resource: ['*'], condition: [] }],
};

/** Endpoints that are reached in the same way. */
export interface EndpointGroup<W extends EndpointWay = EndpointWay> {
  readonly way: W;
  readonly endpoints: readonly DeclaredEndpoint[];
}

export type ListenerGroup = EndpointGroup<Extract<EndpointWay, { kind: 'listener' }>>;

/** The same text for the same way, however it was written. */
function textOf(way: EndpointWay): string {
  if (way.kind === 'listener') return `${way.secure ? 'https' : 'http'} ${way.host}:${way.port}`;
  return `${way.kind} ${[...new Set(way.networks.map((text) => formatIpNetwork(networkOf(text))))].sort().join(' ')}`;
}

function networkOf(text: string): IpNetwork {
  const network = parseIpNetwork(text);
  if (network === undefined) throw new TypeError(`${text} is no address or network`);
  return network;
}

/** Endpoints by their ways, in the order of their declaration. */
export function groupEndpoints(declared: readonly DeclaredEndpoint[]): EndpointGroup[] {
  const groups = Map.groupBy(declared, ({ way }) => textOf(way));
  return [...groups.values()].flatMap((endpoints) => endpoints.slice(0, 1).map(({ way }) => ({ way, endpoints })));
}

export const isListenerGroup = (group: EndpointGroup): group is ListenerGroup => group.way.kind === 'listener';

/** Networks of two ways that hold the same addresses, as they were written; undefined where there are none. */
export function findOverlap(a: EndpointWay, b: EndpointWay): readonly [string, string] | undefined {
  if (a.kind === 'listener' || b.kind === 'listener' || a.kind !== b.kind) return undefined;
  for (const one of a.networks) {
    const other = b.networks.find((text) => networksOverlap(networkOf(one), networkOf(text)));
    if (other !== undefined) return [one, other];
  }
  return undefined;
}

/** Whether every address of a network lies in one of the others. */
export function isWithin(text: string, others: readonly string[]): boolean {
  const network = networkOf(text);
  return others.some((other) => {
    const wider = networkOf(other);
    return wider.bits <= network.bits && isInNetwork(wider, network);
  });
}

/**
 * The id of the endpoint in a group that a host name means: the one that has the name, else the one that has none.
 * '' where every endpoint there has names, and none of them is this.
 *
 * @param host as in the Host header, port allowed, lower case.
 */
export function chooseEndpoint({ endpoints }: EndpointGroup, host: string): string {
  const name = withoutPort(host);
  const chosen = endpoints.find(({ hosts }) => hosts.includes(name)) ?? endpoints.find(({ hosts }) => !hosts.length);
  return chosen?.id ?? '';
}

/** What is known of a request before it is read. */
export interface Arrival {
  /** Of the client; behind trusted proxies as they tell it. */
  readonly address: string;
  /** Of the trusted proxy that made the connection; undefined where there is none. */
  readonly proxy: string | undefined;
  readonly host: string;
}

/** The id of the endpoint that a request came through, '' as in {@link chooseEndpoint}; undefined for none. */
export type EndpointFinder = (arrival: Arrival) => string | undefined;

/**
 * Finds endpoints that have no listener of their own: by the proxy that made the connection, which stands nearer, else by
 * the client's address. Undefined where no such endpoint is declared, so that requests need not be asked about.
 */
export function createEndpointFinder(groups: readonly EndpointGroup[]): EndpointFinder | undefined {
  const ranges = (kind: 'networks' | 'proxies') =>
    groups.flatMap((group) =>
      group.way.kind === kind ? { group, networks: group.way.networks.map((text) => networkOf(text)) } : [],
    );
  const [byProxy, byClient] = [ranges('proxies'), ranges('networks')];
  if (byProxy.length + byClient.length === 0) return undefined;
  const find = (among: typeof byProxy, text: string | undefined): EndpointGroup | undefined => {
    const address = text === undefined ? undefined : parseIpAddress(text);
    if (address === undefined) return undefined;
    return among.find(({ networks }) => networks.some((network) => isInNetwork(network, address)))?.group;
  };
  return ({ address, proxy, host }) => {
    const group = find(byProxy, proxy) ?? find(byClient, address);
    return group && chooseEndpoint(group, host);
  };
}
