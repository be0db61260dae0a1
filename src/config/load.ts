import { join, resolve, sep } from 'node:path';
import type { DatabasePlace } from '../domain/postgres-address.ts';
import type { DeclaredEndpoint } from '../domain/vpc-endpoints.ts';
import { findEndpointConflicts } from './endpoint-conflicts.ts';
import { isLoopback, ValueError, type Address, type Advertise } from './kinds.ts';
import type { Setting, SettingName, Values } from './schema.ts';
import { entries, noFile, readEnvironment, readFile, readFlags, type Given, type Sources } from './sources.ts';

/** What the server was told, complete and checked. Paths are absolute, durations are milliseconds. Frozen. */
export interface Config {
  readonly dataFolder: string;
  readonly database: DatabasePlace;
  readonly rootKeyFile: string;
  readonly credentialsFile: string;
  readonly blobsFolder: string;
  readonly listen: Address;
  /** From which folder the certificate for HTTPS comes, and where everybody is served; endpoints may have listeners too. */
  readonly tls: { readonly folder: string; readonly listen: Address | undefined } | undefined;
  readonly trustedProxies: readonly string[];
  /** Accepted domains of host names; `amazonaws.com` is the first. */
  readonly domains: readonly string[];
  readonly account: string;
  readonly advertise: Advertise;
  readonly uploadExpiry: number;
  readonly lease: number;
  readonly deletionGrace: number;
  readonly shutdownTimeout: number;
  readonly logLevel: Values['logLevel'];
  /** VPC endpoints, in the order of the file. */
  readonly endpoints: readonly DeclaredEndpoint[];
}

/** Everything that is wrong with a configuration, one sentence each. */
export class ConfigError extends Error {
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(mistakes.join(' '));
    this.name = 'ConfigError';
    this.mistakes = mistakes;
  }
}

/** Reads file, environment and flags; of what is given twice the later one counts. Throws {@link ConfigError}. */
export function loadConfig(sources: Sources): Config {
  const mistakes: string[] = [];
  const fromFlags = readFlags(sources);
  const fromEnvironment = readEnvironment(sources, mistakes);
  const named = fromFlags.get('config') ?? fromEnvironment.get('config');
  const file = named === undefined ? noFile : readFile(resolve(named.base, named.text), named.place, mistakes);

  const values: Partial<Record<SettingName, unknown>> = {};
  for (const [name, setting] of entries) {
    if (setting.default !== undefined) values[name] = setting.kind.parse(setting.default, sources.cwd);
    for (const given of [file.given.get(name), fromEnvironment.get(name), fromFlags.get(name)]) {
      if (given !== undefined) values[name] = readValue(setting, given, mistakes);
    }
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes);

  const config = complete(values as Values, file.endpoints);
  mistakes.push(...findConflicts(config, values as Values, sources.listens));
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return config;
}

function readValue(setting: Setting<unknown>, { text, place, base }: Given, mistakes: string[]): unknown {
  if (setting.later !== undefined) {
    mistakes.push(`${place} is not built yet: ${setting.later}`);
    return undefined;
  }
  try {
    return setting.kind.parse(text, base);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    mistakes.push(`${place}: ${error.message}.`);
    return undefined;
  }
}

function complete(values: Values, endpoints: readonly DeclaredEndpoint[]): Config {
  const { data, advertise } = values;
  const advertised = advertise.family === 'domain' ? [advertise.domain] : [];
  return Object.freeze({
    dataFolder: data,
    database: Object.freeze(values.database),
    rootKeyFile: values.rootKey ?? join(data, 'root-key'),
    credentialsFile: values.credentials ?? join(data, 'credentials'),
    blobsFolder: values.blobs.folder ?? join(data, 'blobs'),
    listen: Object.freeze(values.listen),
    tls: tlsOf(values),
    trustedProxies: Object.freeze([...values.trustedProxies]),
    domains: Object.freeze([...new Set(['amazonaws.com', ...values.domains, ...advertised])]),
    account: values.account,
    advertise: Object.freeze(advertise),
    uploadExpiry: values.uploadExpiry,
    lease: values.lease,
    deletionGrace: values.deletionGrace,
    shutdownTimeout: values.shutdownTimeout,
    logLevel: values.logLevel,
    endpoints: Object.freeze([...endpoints]),
  });
}

function tlsOf({ tlsListen, tlsFolder }: Values): Config['tls'] {
  if (tlsFolder === undefined) return undefined;
  return Object.freeze({ folder: tlsFolder, listen: tlsListen && Object.freeze(tlsListen) });
}

/** Mistakes that lie between settings which are each well-formed. */
function findConflicts(config: Config, values: Values, listens: boolean): string[] {
  const found: string[] = [];
  const { listen, dataFolder, rootKeyFile, credentialsFile } = config;
  const inside = (file: string): boolean => file.startsWith(dataFolder.endsWith(sep) ? dataFolder : dataFolder + sep);
  const allowsPlainHttp = !listens || values.allowPlainHttp || config.trustedProxies.length > 0;
  if (!isLoopback(listen.host) && !allowsPlainHttp) {
    found.push(
      `--listen: other machines reach ${listen.host}, and passwords that live 12 hours would travel there in plain HTTP; say --allow-plain-http if that is meant.`,
    );
  }
  const hasTlsListener = values.tlsListen !== undefined || config.endpoints.some(isHttps);
  if (values.tlsListen !== undefined ? !config.tls : config.tls && !hasTlsListener) {
    found.push('--tls-listen and --tls-dir need each other: an address, and the certificate to be shown there.');
  }
  if (!inside(rootKeyFile) && inside(credentialsFile)) {
    found.push(
      '--root-key lies outside the data folder, so --credentials must name a file outside it too: a stolen folder must give nothing away.',
    );
  }
  if (rootKeyFile === credentialsFile) found.push('--root-key and --credentials name the same file.');
  const listeners = [
    { flag: '--listen', address: listen },
    { flag: '--tls-listen', address: values.tlsListen },
  ];
  const { endpoints, trustedProxies } = config;
  const hasCertificate = config.tls !== undefined;
  return [
    ...found,
    ...findEndpointConflicts({ endpoints, trustedProxies, listeners, hasCertificate, allowsPlainHttp }),
  ];
}

const isHttps = ({ way }: DeclaredEndpoint): boolean => way.kind === 'listener' && way.secure;
