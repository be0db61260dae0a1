import { join } from 'node:path';
import { findPartition } from '../domain/regions.ts';
import { quote } from './greeting.ts';

export interface TlsFacts {
  readonly isNewAuthority: boolean;
  /** Milliseconds since 1970. */
  readonly notAfter: number;
  readonly folder: string;
  readonly regions: readonly string[];
  /** Domains beside AWS's own. */
  readonly domains: readonly string[];
  readonly account: string;
}

/** What `stowage tls init` says: what is there now and, for a new authority, how server and clients come to use it. */
export function tlsLines(facts: TlsFacts): string[] {
  const { isNewAuthority, folder, regions } = facts;
  const until = new Date(facts.notAfter).toISOString().slice(0, 10);
  const made = `certificate of the server for ${regions.join(', ')}, good until ${until}`;
  const hosts = ['Where no DNS leads clients to the server, a line of /etc/hosts does:', `  ${hostsLine(facts)}`];
  if (!isNewAuthority) {
    return [
      `There is a new ${made}, in ${folder}.`,
      'Its authority is the same: clients need nothing new, and a server that runs takes it by itself.',
      ...hosts,
    ];
  }
  return [
    `There is a new authority and a ${made}, in ${folder}.`,
    'Start the server with them:',
    `  ${serveCommand(facts)}`,
    ...hosts,
    '',
    'Clients have to trust the authority once. It can speak for the services of Stowage and your own names only. Choose:',
    ...trustLines(facts),
  ];
}

const registryOf = (account: string, region: string, domain: string): string =>
  `${account}.dkr.ecr.${region}.${domain}`;

function serveCommand({ folder, domains }: TlsFacts): string {
  const flags = [`--tls-dir ${quote(folder)}`, ...domains.map((domain) => `--domain ${domain}`)];
  return ['npx --no-install stowage serve --tls-listen 127.0.0.1:443', ...flags].join(' ');
}

/** The names that clients need for a first push, in every region. */
function hostsLine({ regions, account, domains }: TlsFacts): string {
  const names = regions.flatMap((region) =>
    [findPartition(region).dnsSuffix, ...domains].flatMap((domain) => [
      registryOf(account, region, domain),
      `api.ecr.${region}.${domain}`,
      `sts.${region}.${domain}`,
    ]),
  );
  return ['127.0.0.1', ...names].join(' ');
}

function trustLines({ folder, account, regions: [region = ''] }: TlsFacts): string[] {
  const ca = quote(join(folder, 'ca.crt'));
  const registry = registryOf(account, region, findPartition(region).dnsSuffix);
  const store = '/usr/local/share/ca-certificates/stowage.crt';
  const rows = [
    ['everything on Debian', `sudo install -m 644 ${ca} ${store} && sudo update-ca-certificates`],
    ['docker', `sudo install -D -m 644 ${ca} /etc/docker/certs.d/${registry}/ca.crt`],
    ['podman, skopeo, buildah', `sudo install -D -m 644 ${ca} /etc/containers/certs.d/${registry}/ca.crt`],
    ['containerd', `ca = "${join(folder, 'ca.crt')}" in /etc/containerd/certs.d/${registry}/hosts.toml`],
    ['AWS CLI, boto3', `export AWS_CA_BUNDLE=${ca}`],
    ['Node', `export NODE_EXTRA_CA_CERTS=${ca}`],
    ['Go', `export SSL_CERT_FILE=${ca}`],
  ];
  return rows.map(([client = '', line]) => `  ${client.padEnd(23)}  ${line}`);
}
