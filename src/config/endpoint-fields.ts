import { endpointServices } from '../domain/vpc-endpoints.ts';
import { account, address, domain, listOf, network, oneOf, privateId, type Kind } from './kinds.ts';

/** The key of the list in the YAML file; it is no flag and no variable, since endpoints have parts of their own. */
export const endpointsKey = 'endpoints';

/** One key of an endpoint in the YAML file: endpoints.ts reads by this table, docs/reference/configuration.md prints it. */
export interface EndpointField<T> {
  readonly key: string;
  readonly kind: Kind<T>;
  readonly need: 'always' | 'one of four' | 'optional';
  readonly words: string;
}

const field = <T>(one: EndpointField<T>): EndpointField<T> => one;

export const endpointFields = {
  id: field({
    key: 'id',
    kind: privateId('vpce'),
    need: 'always',
    words:
      'The id of the endpoint, which policies name in `aws:SourceVpce`. Any name of your choice may follow `vpce-`.',
  }),
  vpc: field({
    key: 'vpc',
    kind: privateId('vpc'),
    need: 'always',
    words: 'The id of its VPC, for `aws:SourceVpc`. Several endpoints may have the same one.',
  }),
  account: field({
    key: 'account',
    kind: account,
    need: 'always',
    words: 'The account that owns it, for `aws:VpceAccount`. It need not be an account of this server.',
  }),
  listen: field({
    key: 'listen',
    kind: address,
    need: 'one of four',
    words: 'A listener of its own for plain HTTP: what comes to it comes through the endpoint.',
  }),
  tlsListen: field({
    key: 'tls-listen',
    kind: address,
    need: 'one of four',
    words: 'A listener of its own for HTTPS, with the certificate of `--tls-dir`.',
  }),
  networks: field({
    key: 'networks',
    kind: listOf(network),
    need: 'one of four',
    words:
      'Addresses or networks of clients: what comes from there comes through the endpoint. Behind a trusted proxy the address is the one that it forwards.',
  }),
  proxies: field({
    key: 'proxies',
    kind: listOf(network),
    need: 'one of four',
    words:
      'Trusted proxies: what comes over a connection from one of them comes through the endpoint, whoever the client is.',
  }),
  hosts: field({
    key: 'hosts',
    kind: listOf(domain),
    need: 'optional',
    words:
      'Host names by which the endpoint is chosen among those with the same listener, networks or proxies. One without `hosts` takes all other names; where there is none, other names are refused.',
  }),
};

/** Its value may also be a map with a policy for each, which endpoints.ts reads. */
export const servicesField = field({
  key: 'services',
  kind: listOf(oneOf('SERVICE', endpointServices)),
  need: 'always',
  words: `What it serves, of ${endpointServices.map((service) => `\`${service}\``).join(', ')}: a list, or a map with the endpoint policy of each. Everything else is refused through it.`,
});
