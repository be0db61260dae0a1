import { createAwsDoor } from './aws/dispatch.ts';
import { createServices } from './api/services.ts';
import { createBlobs } from './blobs/blobs.ts';
import { claimFolder } from './blobs/claim.ts';
import { createFilesystemBytes } from './blobs/filesystem.ts';
import type { Blobs } from './blobs/port.ts';
import { hostInUrl, type Address } from './config/kinds.ts';
import type { Config } from './config/load.ts';
import { createAdministration } from './core/administration.ts';
import { defaultLimits, type App, type Call, type Limits } from './core/app.ts';
import { CredentialCache } from './core/iam/credential-cache.ts';
import { apiService, Endpoints } from './core/iam/endpoints.ts';
import { ResourcePolicies } from './core/iam/resource-policies.ts';
import { findCredential } from './core/iam/credentials.ts';
import { LastUses } from './core/iam/last-use.ts';
import { PullTimes } from './core/images/pull-times.ts';
import { openInstallation } from './core/installation/open-installation.ts';
import { KeyRing } from './core/keys/key-ring.ts';
import { createUploadIds } from './core/layers/upload-ids.ts';
import { UploadLocks } from './core/layers/upload-locks.ts';
import { StartError } from './domain/start-error.ts';
import type { Principal } from './domain/iam/principal.ts';
import { createPageTokens } from './domain/page-token.ts';
import {
  chooseEndpoint,
  createEndpointFinder,
  groupEndpoints,
  isListenerGroup,
  type ListenerGroup,
} from './domain/vpc-endpoints.ts';
import { createFront } from './front.ts';
import { CertificateError, watchCertificates, type Certificates } from './http/certificates.ts';
import type { Exchange } from './http/exchange.ts';
import { listen as openListener, type Listener, type ListenerOptions } from './http/server.ts';
import { recurringJobs } from './jobs/index.ts';
import { startSchedule } from './jobs/schedule.ts';
import { createDataKeyCache } from './keys/data-key-cache.ts';
import { createOciDoor } from './oci/door.ts';
import type { Log } from './telemetry/log.ts';

export interface StowageOptions {
  readonly config: Config;
  readonly log: Log;
  /** False opens the store without a listener: for a command that finds no server running. */
  readonly listen?: boolean | undefined;
  /** Milliseconds since 1970; tests set it. */
  readonly clock?: (() => number) | undefined;
  /** Limits that differ from ECR's; tests set them. */
  readonly limits?: Partial<Limits> | undefined;
  /** Bounds the database in pages; tests fill a disk with it. */
  readonly maxPages?: number | undefined;
}

/** A running registry. */
export interface Stowage {
  /** URL of the plain listener; '' where there is none. */
  readonly origin: string;
  /** URL of the HTTPS listener; undefined where there is none. */
  readonly tlsOrigin: string | undefined;
  /** Ids of the VPC endpoints that have a listener of their own, and its URL. */
  readonly endpointOrigins: ReadonlyMap<string, string>;
  readonly firstStart: boolean;
  readonly account: string;
  readonly credentialsFile: string;
  readonly dataFolder: string;
  /** The parts of the running registry, for tests. */
  readonly app: App;
  admin(command: string, input: unknown): Promise<unknown>;
  close(): Promise<void>;
}

/** Things with a life, closed in the reverse of the order in which they were opened. */
class Lives {
  readonly #closers: (() => Promise<void> | void)[] = [];

  add(close: () => Promise<void> | void): void {
    this.#closers.push(close);
  }

  async close(): Promise<void> {
    for (let close = this.#closers.pop(); close; close = this.#closers.pop()) await close();
  }
}

/** Composition root: configuration in, running registry out. @throws StartError. */
export async function createStowage(options: StowageOptions): Promise<Stowage> {
  const lives = new Lives();
  try {
    const { app, firstStart } = await openApp(options, lives);
    const listeners = options.listen === false ? undefined : await openFront(options, app, lives);
    const schedule = startSchedule(listeners ? recurringJobs.map((job) => job(app)) : [], options.log);
    lives.add(() => schedule.close());
    const { config } = options;
    const tlsHost = config.tls?.listen?.host;
    return {
      origin: listeners ? originOf('http', config.listen.host, listeners.plain.address.port) : '',
      tlsOrigin: tlsHost && listeners?.tls && originOf('https', tlsHost, listeners.tls.address.port),
      endpointOrigins: new Map(listeners?.endpoints.flatMap(originsOf)),
      firstStart,
      account: app.installation.account,
      credentialsFile: config.credentialsFile,
      dataFolder: config.dataFolder,
      app,
      admin: createAdministration(app, {
        credentialsFile: config.credentialsFile,
        host: hostForClients(config.listen.host, listeners?.plain.address.port ?? config.listen.port),
      }),
      close: () => lives.close(),
    };
  } catch (error) {
    await lives.close();
    throw error;
  }
}

async function openApp(options: StowageOptions, lives: Lives): Promise<{ app: App; firstStart: boolean }> {
  const { config, log } = options;
  const clock = options.clock ?? Date.now;
  const opened = await openInstallation({ ...config, maxPages: options.maxPages }, clock);
  lives.add(() => opened.close());
  const { store, installation } = opened;
  const { lease, deletionGrace, uploadExpiry: uploadLife } = config;
  const limits: Limits = { ...defaultLimits, lease, deletionGrace, uploadLife, ...options.limits };
  const blobs = openBlobs(config.blobsFolder, installation.id, limits);
  lives.add(() => blobs.close());
  const keyRing = new KeyRing({ root: installation.root, store, cache: createDataKeyCache({ clock }), clock });
  lives.add(() => keyRing.close());
  const pullTimes = new PullTimes({ store, log });
  lives.add(() => pullTimes.close());
  const lastUses = new LastUses({ store, log });
  lives.add(() => lastUses.close());
  const app: App = {
    store,
    blobs,
    keyRing,
    installation,
    credentials: new CredentialCache(),
    resourcePolicies: new ResourcePolicies(),
    endpoints: new Endpoints(config.endpoints),
    lastUses,
    pullTimes,
    uploadIds: createUploadIds(installation.root.mac('upload id', installation.id)),
    uploadLocks: new UploadLocks(),
    pageTokens: createPageTokens((text) => installation.root.mac('page token', text)),
    naming: { domains: config.domains, advertise: advertiseOf(config) },
    limits,
    clock,
    log,
  };
  return { app, firstStart: opened.firstStart };
}

function openBlobs(folder: string, installation: string, limits: Limits): Blobs {
  try {
    const bytes = createFilesystemBytes({ root: folder });
    if (claimFolder(folder, installation) !== undefined) {
      throw new StartError(
        `The folder for layers ${folder} belongs to another installation, whose layers would be lost.`,
      );
    }
    return createBlobs({ bytes, keptSmall: 256, handOverLimit: limits.layerInRow });
  } catch (cause) {
    if (cause instanceof StartError) throw cause;
    throw new StartError(
      `The folder for layers ${folder} cannot be written (${(cause as NodeJS.ErrnoException).code}).`,
      { cause },
    );
  }
}

function advertiseOf({ advertise }: Config): App['naming']['advertise'] {
  if (advertise.family === 'host') return { kind: 'host' };
  return { kind: 'domain', domain: advertise.family === 'aws' ? 'amazonaws.com' : advertise.domain };
}

interface Listeners {
  readonly plain: Listener;
  readonly tls: Listener | undefined;
  readonly endpoints: readonly EndpointListener[];
}

interface EndpointListener {
  readonly group: ListenerGroup;
  readonly listener: Listener;
}

async function openFront(options: StowageOptions, app: App, lives: Lives): Promise<Listeners> {
  const { config, log } = options;
  const aws = createAwsDoor<Principal, Call>({
    services: createServices(app),
    findCredential: (accessKeyId, sessionToken) => findCredential(app, accessKeyId, sessionToken),
    openCall: (exchange, principal, { service, region }) => {
      app.lastUses.note(principal, { time: exchange.receivedAt, service, region });
      return openCall(exchange, principal, { service, region }, app);
    },
    clock: app.clock,
    log,
  });
  const oci = createOciDoor(app);
  let ready = true;
  const open: Listener[] = [];
  // All listeners end together: what is under way on one must not wait for the other.
  lives.add(async () => {
    ready = false;
    await Promise.all(open.map((listener) => listener.close(config.shutdownTimeout)));
  });
  const shared = {
    trustedProxies: config.trustedProxies,
    clock: app.clock,
    handle: createFront({
      aws,
      oci,
      domains: config.domains,
      ready: async () => ready && (await app.store.isReachable()),
      log,
    }),
    finished: (exchange: Exchange) => logAccess(log, app.clock(), exchange),
  };
  const openAt = async (place: Place): Promise<Listener> => {
    const { address, certificates: shown, findEndpoint: find } = place;
    const listening = openListener({ ...address, certificates: shown, findEndpoint: find, ...shared });
    const listener = await listening.catch(refusePlace(place));
    open.push(listener);
    return listener;
  };
  const groups = groupEndpoints(config.endpoints);
  const findEndpoint = createEndpointFinder(groups);
  const certificates = config.tls && (await openCertificates(config.tls.folder, log, lives));
  const plain = await openAt({ setting: '--listen HOST:PORT', address: config.listen, findEndpoint });
  const tlsAddress = config.tls?.listen;
  const tls =
    tlsAddress &&
    (await openAt({ setting: '--tls-listen HOST:PORT', address: tlsAddress, certificates, findEndpoint }));
  const endpoints: EndpointListener[] = [];
  for (const group of groups.filter(isListenerGroup)) {
    const { secure, ...address } = group.way;
    const listener = await openAt({
      setting: `${secure ? 'tls-listen' : 'listen'} of ${group.endpoints[0]?.id}`,
      address,
      certificates: secure ? certificates : undefined,
      findEndpoint: ({ host }) => chooseEndpoint(group, host),
    });
    endpoints.push({ group, listener });
  }
  return { plain, tls, endpoints };
}

/** Where a listener is to be opened, and what sets it. */
interface Place extends Pick<ListenerOptions, 'certificates' | 'findEndpoint'> {
  readonly setting: string;
  readonly address: Address;
}

function originsOf({ group, listener }: EndpointListener): [string, string][] {
  const { secure, host } = group.way;
  return group.endpoints.map(({ id }) => [id, originOf(secure ? 'https' : 'http', host, listener.address.port)]);
}

async function openCertificates(folder: string, log: Log, lives: Lives): Promise<Certificates> {
  const certificates = await watchCertificates({ folder, log }).catch((cause: Error) => {
    if (!(cause instanceof CertificateError)) throw cause;
    throw new StartError(`${cause.message} Make a certificate with: stowage tls init --out ${folder} --region REGION`, {
      cause,
    });
  });
  lives.add(() => certificates.close());
  return certificates;
}

function refusePlace({ address: { host, port }, certificates, setting }: Place) {
  return (cause: NodeJS.ErrnoException): never => {
    const why = cause.code === 'EADDRINUSE' ? 'is in use by another program' : `cannot be listened on (${cause.code})`;
    const origin = originOf(certificates ? 'https' : 'http', host, port);
    throw new StartError(`${origin} ${why}; choose another with ${setting}.`, { cause });
  };
}

/** @throws RegistryError accessDenied, where the request came through an endpoint that does not serve the service. */
function openCall(
  exchange: Exchange,
  principal: Principal,
  { service, region }: { service: string; region: string },
  app: App,
): Call {
  const { id, receivedAt: time, address, secure, host, signal } = exchange;
  const { 'user-agent': userAgent = '', referer } = exchange.req.headers;
  const endpoint = app.endpoints.enter(exchange.endpoint, principal, [apiService(service)]);
  const source = { address, userAgent, secure, host, referer, endpoint };
  return { id, time, principal, registry: { account: principal.account, region }, source, signal, log: app.log };
}

/** The query is left out: it may hold signatures. */
function logAccess(log: Log, now: number, { id, method, path, address, endpoint, res, receivedAt }: Exchange): void {
  if (!log.isLevelEnabled('info')) return;
  log.info({ request: id, method, path, address, endpoint, status: res.statusCode, ms: now - receivedAt }, 'request');
}

const originOf = (scheme: 'http' | 'https', host: string, port: number): string =>
  `${scheme}://${hostInUrl(host)}:${port}`;

/** Host and port as clients on this machine write them. */
function hostForClients(host: string, port: number): string {
  const local = ['127.0.0.1', '::1', '0.0.0.0', '::'].includes(host);
  return new URL(originOf('http', local ? 'localhost' : host, port)).host;
}
