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
import { findCredential } from './core/iam/access-keys.ts';
import { PullTimes } from './core/images/pull-times.ts';
import { openInstallation } from './core/installation/open-installation.ts';
import { KeyRing } from './core/keys/key-ring.ts';
import { UploadLocks } from './core/layers/upload-locks.ts';
import { StartError } from './domain/start-error.ts';
import type { Principal } from './domain/iam/principal.ts';
import { createPageTokens } from './domain/page-token.ts';
import { createFront } from './front.ts';
import { CertificateError, watchCertificates, type Certificates } from './http/certificates.ts';
import type { Exchange } from './http/exchange.ts';
import { listen as openListener, type Listener } from './http/server.ts';
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
    return {
      origin: listeners ? originOf('http', config.listen.host, listeners.plain.address.port) : '',
      tlsOrigin: listeners?.tls && config.tls && originOf('https', config.tls.listen.host, listeners.tls.address.port),
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
  const blobs = openBlobs(config.blobsFolder, installation.id);
  lives.add(() => blobs.close());
  const keyRing = new KeyRing({ root: installation.root, store, cache: createDataKeyCache({ clock }), clock });
  lives.add(() => keyRing.close());
  const pullTimes = new PullTimes({ store, log });
  lives.add(() => pullTimes.close());
  const { lease, deletionGrace, uploadExpiry: uploadLife } = config;
  const app: App = {
    store,
    blobs,
    keyRing,
    installation,
    credentials: new CredentialCache(),
    pullTimes,
    uploadLocks: new UploadLocks(),
    pageTokens: createPageTokens((text) => installation.root.mac('page token', text)),
    naming: { domains: config.domains, advertise: advertiseOf(config) },
    limits: { ...defaultLimits, lease, deletionGrace, uploadLife, ...options.limits },
    clock,
    log,
  };
  return { app, firstStart: opened.firstStart };
}

function openBlobs(folder: string, installation: string): Blobs {
  try {
    const bytes = createFilesystemBytes({ root: folder });
    if (claimFolder(folder, installation) !== undefined) {
      throw new StartError(
        `The folder for layers ${folder} belongs to another installation, whose layers would be lost.`,
      );
    }
    return createBlobs({ bytes, keptSmall: 256 });
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
}

async function openFront(options: StowageOptions, app: App, lives: Lives): Promise<Listeners> {
  const { config, log } = options;
  const aws = createAwsDoor<Principal, Call>({
    services: createServices(app),
    findCredential: (accessKeyId) => findCredential(app, accessKeyId),
    openCall: (exchange, principal, { region }) => openCall(exchange, principal, region, log),
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
  const openAt = async (address: Address, certificates?: Certificates): Promise<Listener> => {
    const listener = await openListener({ ...address, certificates, ...shared }).catch(
      refuseAddress(address, certificates),
    );
    open.push(listener);
    return listener;
  };
  const certificates = config.tls && (await openCertificates(config.tls.folder, log, lives));
  const plain = await openAt(config.listen);
  return { plain, tls: config.tls && (await openAt(config.tls.listen, certificates)) };
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

function refuseAddress({ host, port }: Address, certificates?: Certificates) {
  return (cause: NodeJS.ErrnoException): never => {
    const [scheme, flag] = certificates ? (['https', '--tls-listen'] as const) : (['http', '--listen'] as const);
    const why = cause.code === 'EADDRINUSE' ? 'is in use by another program' : `cannot be listened on (${cause.code})`;
    throw new StartError(`${originOf(scheme, host, port)} ${why}; choose another with ${flag} HOST:PORT.`, { cause });
  };
}

function openCall(exchange: Exchange, principal: Principal, region: string, log: Log): Call {
  const { id, receivedAt: time, address, secure, host, signal } = exchange;
  const source = { address, userAgent: exchange.req.headers['user-agent'] ?? '', secure, host };
  return { id, time, principal, registry: { account: principal.account, region }, source, signal, log };
}

/** The query is left out: it may hold signatures. */
function logAccess(log: Log, now: number, { id, method, path, address, res, receivedAt }: Exchange): void {
  if (!log.isLevelEnabled('info')) return;
  log.info({ request: id, method, path, address, status: res.statusCode, ms: now - receivedAt }, 'request');
}

const originOf = (scheme: 'http' | 'https', host: string, port: number): string =>
  `${scheme}://${hostInUrl(host)}:${port}`;

/** Host and port as clients on this machine write them. */
function hostForClients(host: string, port: number): string {
  const local = ['127.0.0.1', '::1', '0.0.0.0', '::'].includes(host);
  return new URL(originOf('http', local ? 'localhost' : host, port)).host;
}
