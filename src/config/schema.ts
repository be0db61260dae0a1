import { databaseUrl } from './database-url.ts';
import {
  account,
  address,
  advertise,
  blobsUrl,
  domain,
  flag,
  listOf,
  network,
  oneOf,
  path,
  seconds,
  unread,
  type Kind,
} from './kinds.ts';

/**
 * Every setting once: its name as a flag, as a variable and in the YAML file, what its value is, and the words of its
 * documentation. load.ts reads configurations by this table, `stowage help` and docs/reference/configuration.md print it.
 */
export interface Setting<T> {
  readonly flag: string;
  readonly variable: string;
  /** Name in the YAML file; undefined for the one that names the file. */
  readonly key: string | undefined;
  readonly kind: Kind<T>;
  /** The default as text, read like a given one. */
  readonly default?: string;
  /** The default in words, where it follows from other settings. */
  readonly otherwise?: string;
  /** What has to come before the setting has an effect. Until then it is refused. */
  readonly later?: string;
  readonly words: string;
}

type Sure<T> = Setting<T> & { readonly default: string };

const sure = <T>(setting: Sure<T>): Sure<T> => setting;
const open = <T>(setting: Setting<T> & { readonly otherwise: string }): Setting<T> => setting;

const tenYears = 315_360_000;
const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export const settings = {
  config: open({
    flag: 'config',
    variable: 'STOWAGE_CONFIG',
    key: undefined,
    kind: { ...path, shape: 'FILE' },
    otherwise: 'none',
    words: 'The YAML file with settings. Variables win over it, and flags over both.',
  }),
  data: sure({
    flag: 'data',
    variable: 'STOWAGE_DATA',
    key: 'data',
    kind: { ...path, shape: 'DIR' },
    default: './data',
    words:
      'The folder of everything that is kept. In it are the database, the blobs, the root key, the credentials, the socket for administration and the lock.',
  }),
  rootKey: open({
    flag: 'root-key',
    variable: 'STOWAGE_ROOT_KEY',
    key: 'root-key',
    kind: { ...path, shape: 'FILE' },
    otherwise: '`root-key` in the data folder',
    words:
      'The file with the root key. All other keys lie under it. With one outside the data folder, `--credentials` must lie outside too, so that a stolen folder gives nothing away.',
  }),
  credentials: open({
    flag: 'credentials',
    variable: 'STOWAGE_CREDENTIALS',
    key: 'credentials',
    kind: { ...path, shape: 'FILE' },
    otherwise: '`credentials` in the data folder',
    words:
      'The file for the keys of the first administrator. It is an AWS shared credentials file with the profile `default`.',
  }),
  listen: sure({
    flag: 'listen',
    variable: 'STOWAGE_LISTEN',
    key: 'listen',
    kind: address,
    default: '127.0.0.1:4566',
    words: 'Plain HTTP for all services, all regions and `/v2/`. Port 0 takes a free one.',
  }),
  tlsListen: open({
    flag: 'tls-listen',
    variable: 'STOWAGE_TLS_LISTEN',
    key: 'tls-listen',
    kind: address,
    otherwise: 'off',
    words:
      'HTTPS for all services, all regions and `/v2/`, with the certificate of `--tls-dir`. It runs beside the plain listener.',
  }),
  tlsFolder: open({
    flag: 'tls-dir',
    variable: 'STOWAGE_TLS_DIR',
    key: 'tls-dir',
    kind: { ...path, shape: 'DIR' },
    otherwise: 'off',
    words:
      'The folder with `server.crt` and `server.key`, as `stowage tls init` makes it. Its files are read again within a second when they change.',
  }),
  allowPlainHttp: sure({
    flag: 'allow-plain-http',
    variable: 'STOWAGE_ALLOW_PLAIN_HTTP',
    key: 'allow-plain-http',
    kind: flag,
    default: 'false',
    words:
      'Allows plain HTTP on an address that other machines reach. Passwords that live 12 hours travel on it: do this only in a network that you trust.',
  }),
  trustedProxies: sure({
    flag: 'trusted-proxies',
    variable: 'STOWAGE_TRUSTED_PROXIES',
    key: 'trusted-proxies',
    kind: listOf(network),
    default: '',
    words:
      'Proxies whose `X-Forwarded-For`, `-Proto` and `-Host` headers are believed. They are named by address or network. The client is the first address in `X-Forwarded-For`, counted from the right, that is none of them.',
  }),
  domains: sure({
    flag: 'domain',
    variable: 'STOWAGE_DOMAINS',
    key: 'domains',
    kind: listOf(domain),
    default: '',
    words:
      'A domain that is accepted in host names. These are `<account>.dkr.ecr.<region>.<domain>` and the like; `amazonaws.com` always is accepted.',
  }),
  account: sure({
    flag: 'account',
    variable: 'STOWAGE_ACCOUNT',
    key: 'account',
    kind: account,
    default: '123456789012',
    words: 'The account that is made at the first start.',
  }),
  advertise: sure({
    flag: 'advertise',
    variable: 'STOWAGE_ADVERTISE',
    key: 'advertise',
    kind: advertise,
    default: 'host',
    words:
      'The names by which `localhost:4566` calls its repositories. They stand in `repositoryUri` and `proxyEndpoint` when a request came to a bare endpoint: `host` for the host and port that were asked, `aws` for the names of AWS, `domain:NAME` for those of your domain, which is then accepted too.',
  }),
  database: sure({
    flag: 'database',
    variable: 'STOWAGE_DATABASE',
    key: 'database',
    kind: databaseUrl,
    default: 'sqlite:',
    words:
      'The database. `sqlite:` lies in the data folder; `postgres://USER:PASSWORD@HOST:PORT/DATABASE` may serve several nodes (docs/operate/postgresql.md). A URL with a password belongs into the variable or the file, since flags are seen by everybody on the machine.',
  }),
  blobs: sure({
    flag: 'blobs',
    variable: 'STOWAGE_BLOBS',
    key: 'blobs',
    kind: blobsUrl,
    default: 'file:',
    words:
      'Where layers lie, sealed. `file:` is the folder `blobs` in the data folder, `file:PATH` another one; object stores come with a later version.',
  }),
  archiveBlobs: open({
    flag: 'archive-blobs',
    variable: 'STOWAGE_ARCHIVE_BLOBS',
    key: 'archive-blobs',
    kind: unread('URL'),
    otherwise: 'the same store',
    later: 'archiving comes with a later version.',
    words: 'Where the bytes of archived images go.',
  }),
  lifecycleInterval: open({
    flag: 'lifecycle-interval',
    variable: 'STOWAGE_LIFECYCLE_INTERVAL',
    key: 'lifecycle-interval',
    kind: unread('S'),
    otherwise: '3600',
    later: 'lifecycle rules come with a later version.',
    words: 'Seconds between looks for images that lifecycle rules take.',
  }),
  uploadExpiry: sure({
    flag: 'upload-expiry',
    variable: 'STOWAGE_UPLOAD_EXPIRY',
    key: 'upload-expiry',
    kind: seconds({ least: 1, most: tenYears }),
    default: '86400',
    words: 'Seconds until an unfinished upload is forgotten. They count from its last request.',
  }),
  lease: sure({
    flag: 'lease',
    variable: 'STOWAGE_LEASE',
    key: 'lease',
    kind: seconds({ least: 1, most: tenYears }),
    default: '86400',
    words:
      'Seconds for which a layer that no image uses is kept. They count from the last time that a client was told that it is there.',
  }),
  deletionGrace: sure({
    flag: 'deletion-grace',
    variable: 'STOWAGE_DELETION_GRACE',
    key: 'deletion-grace',
    kind: seconds({ least: 0, most: tenYears }),
    default: '3600',
    words: 'Seconds for which the bytes of a deleted layer stay. A pull that is under way ends in this time.',
  }),
  shutdownTimeout: sure({
    flag: 'shutdown-timeout',
    variable: 'STOWAGE_SHUTDOWN_TIMEOUT',
    key: 'shutdown-timeout',
    kind: seconds({ least: 0, most: 86_400 }),
    default: '30',
    words: 'Seconds that requests have to end after SIGTERM. Then they are cut off.',
  }),
  logLevel: sure({
    flag: 'log-level',
    variable: 'STOWAGE_LOG_LEVEL',
    key: 'log-level',
    kind: oneOf('LEVEL', logLevels),
    default: 'warn',
    words: `How grave a record must be to be logged. The levels are ${logLevels.join(', ')}. Logs go to standard error, one JSON object a line.`,
  }),
};

export type SettingName = keyof typeof settings;

/** What the settings were given as; undefined for one that was not given and has no default of its own. */
export type Values = {
  readonly [N in SettingName]: (typeof settings)[N] extends Sure<infer T>
    ? T
    : (typeof settings)[N] extends Setting<infer T>
      ? T | undefined
      : never;
};
