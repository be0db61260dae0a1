/**
 * A Stowage inside the test process, on a temporary folder, a free port and a clock that the test turns. Its database is
 * the one of the vitest project: the embedded one, or PostgreSQL.
 */
import { CreateRepositoryCommand, ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { IAM } from '@aws-sdk/client-iam';
import { STS } from '@aws-sdk/client-sts';
import { writeFileSync } from 'node:fs';
import { request, type IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { pino } from 'pino';
import { inject } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { App, Limits } from '../../src/core/app.ts';
import { createStowage, type Stowage } from '../../src/wire.ts';
import { layerFilesIn, temporaryFolder } from './folders.ts';
import { databasesAt } from './postgres.ts';
import { digestOf, type Blob } from './images.ts';
import { registryAt, type Registry } from './registry.ts';
import { readCredentials, region as usualRegion, type Credentials } from './stowage.ts';

export { account, region } from './stowage.ts';

export interface StartApp {
  /** Flags besides `--data` and `--listen`, by name without hyphens. With `database` it is not the test's own. */
  readonly flags?: Readonly<Record<string, string>> | undefined;
  /** What stands in a YAML file for it. */
  readonly yaml?: string | undefined;
  readonly limits?: Partial<Limits> | undefined;
  /** Bounds the database in pages: it is full as soon as it would grow beyond them. */
  readonly maxPages?: number | undefined;
  /** Repositories to begin with. */
  readonly repositories?: readonly string[] | undefined;
}

/** How one AWS call differs from the administrator's in the usual region. */
export interface Caller {
  readonly region?: string | undefined;
  readonly credentials?: Credentials | undefined;
  /** A Host header to ask under, port included; the name itself need not resolve. */
  readonly host?: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface RunningApp {
  readonly url: string;
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly dataFolder: string;
  /** URLs of the VPC endpoints that have a listener of their own, by their ids. */
  readonly endpointOrigins: ReadonlyMap<string, string>;
  /** The parts of the running registry. */
  readonly app: App;
  /** Login password, and the header that carries it. */
  readonly password: string;
  readonly authorization: string;
  /** The OCI front, logged in. */
  readonly registry: Registry;
  /** The administrator's keys, as the credentials file has them now. */
  credentials(): Credentials;
  admin(command: string, input?: unknown): Promise<unknown>;
  /** A client of the AWS API that signs by the clock of this registry; destroyed with it. */
  ecr(caller?: Caller): ECRClient;
  iam(caller?: Caller): IAM;
  sts(caller?: Caller): STS;
  createRepositories(names: readonly string[], caller?: Caller): Promise<void>;
  /** A new login token, as the header that carries it. */
  logIn(caller?: Caller): Promise<string>;
  /** A request with whatever Host header. */
  ask(method: string, path: string, headers?: Readonly<Record<string, string>>, body?: Buffer): Promise<Answer>;
  /** What the clock shows. */
  now(): number;
  advance(milliseconds: number): void;
  /** Sealed files of layers. */
  files(): Promise<string[]>;
  /** Closes everything and comes back on the same folder, clock and port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export const basic = (password: string): string => `Basic ${Buffer.from(`AWS:${password}`).toString('base64')}`;

/** A blob of the given bytes. */
export function blobOf(bytes: Buffer, mediaType = 'application/octet-stream'): Blob {
  return { digest: digestOf(bytes), bytes, mediaType };
}

export async function startApp(options: StartApp = {}): Promise<RunningApp> {
  const folder = temporaryFolder('app');
  let ahead = 0;
  const clock = (): number => Date.now() + ahead;
  const data = join(folder.path, 'data');
  const database = options.flags?.['database'] === undefined ? await ownDatabase() : noDatabase;
  const remove = async (): Promise<void> => {
    folder.remove();
    await database.drop();
  };
  const file = options.yaml === undefined ? {} : { config: join(folder.path, 'stowage.yaml') };
  if (options.yaml !== undefined) writeFileSync(join(folder.path, 'stowage.yaml'), options.yaml);
  const open = async (listen: string): Promise<Stowage> => {
    const flags = { ...database.flags, ...file, ...options.flags, data, listen };
    const given = new Map(Object.entries(flags).map(([name, text]) => [name, [text]]));
    const config = loadConfig({ flags: given, env: {}, cwd: folder.path, listens: true });
    const { limits, maxPages } = options;
    return await createStowage({ config, log: pino({ level: 'silent' }), clock, limits, maxPages });
  };
  let stowage = await open('127.0.0.1:0').catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  const url = stowage.origin;
  const { host } = new URL(url);
  const { password } = (await stowage.admin('login-password', { region: usualRegion })) as { password: string };
  const authorization = basic(password);
  const clients: AwsClient[] = [];
  const credentials = (): Credentials => readCredentials(stowage.credentialsFile);

  const configure = (caller: Caller) => ({
    endpoint: url,
    region: caller.region ?? usualRegion,
    credentials: { ...(caller.credentials ?? credentials()) },
    maxAttempts: 1,
  });
  const prepare = <C extends AwsClient>(client: C, caller: Caller): C => {
    signByClock(client, () => ahead);
    if (caller.host !== undefined) signAsHost(client, caller.host);
    clients.push(client);
    return client;
  };
  const ecr: RunningApp['ecr'] = (caller = {}) => prepare(new ECRClient(configure(caller)), caller);

  const createRepositories: RunningApp['createRepositories'] = async (names, caller) => {
    const client = ecr(caller);
    for (const repositoryName of names) await client.send(new CreateRepositoryCommand({ repositoryName }));
  };

  const running: RunningApp = {
    url,
    host,
    dataFolder: data,
    get endpointOrigins() {
      return stowage.endpointOrigins;
    },
    get app() {
      return stowage.app;
    },
    password,
    authorization,
    registry: registryAt(url, authorization),
    credentials,
    admin: async (command, input = {}) => await stowage.admin(command, input),
    ecr,
    iam: (caller = {}) => prepare(new IAM(configure(caller)), caller),
    sts: (caller = {}) => prepare(new STS(configure(caller)), caller),
    createRepositories,
    async logIn(caller) {
      const { authorizationData } = await ecr(caller).send(new GetAuthorizationTokenCommand({}));
      return `Basic ${authorizationData?.[0]?.authorizationToken}`;
    },
    ask: async (method, path, headers, body) => await ask(url, method, path, headers, body),
    now: clock,
    advance: (milliseconds) => {
      ahead += milliseconds;
    },
    files: async () => await layerFilesIn(join(data, 'blobs')),
    async restart() {
      await stowage.close();
      // fetch keeps connections; those of the old server are to be seen closed before the next request takes one
      await new Promise((resolve) => {
        setTimeout(resolve, 100);
      });
      stowage = await open(host);
    },
    async close() {
      for (const client of clients) client.destroy();
      await stowage.close();
      await remove();
    },
  };
  await createRepositories(options.repositories ?? []).catch(async (error: unknown) => {
    await running.close();
    throw error;
  });
  return running;
}

interface OwnDatabase {
  readonly flags: Readonly<Record<string, string>>;
  drop(): Promise<void>;
}

const noDatabase: OwnDatabase = { flags: {}, drop: async () => {} };

/** An empty database on the server of this project; none where it has no server. */
async function ownDatabase(): Promise<OwnDatabase> {
  const place = inject('postgres');
  if (place === undefined) return noDatabase;
  const databases = databasesAt(place);
  const url = await databases.createDatabase();
  return { flags: { database: `${url}?connections=10` }, drop: () => databases.dropDatabase(url) };
}

/** The middleware of every client is the same but for the types of its commands. */
type AwsClient = ECRClient | IAM | STS;

/** The SDK follows the Date header of answers, which a turned clock does not move; so its offset is set for every call. */
function signByClock(client: AwsClient, offset: () => number): void {
  (client as ECRClient).middlewareStack.add(
    (next) => async (args) => {
      client.config.systemClockOffset = offset();
      return await next(args);
    },
    { step: 'initialize', name: 'signByClock' },
  );
}

/** The Host header is set before the signature is made, and so signed. */
function signAsHost(client: AwsClient, host: string): void {
  (client as ECRClient).middlewareStack.add(
    (next) => async (args) => {
      (args.request as { headers: Record<string, string> }).headers['host'] = host;
      return await next(args);
    },
    { step: 'build', name: 'signAsHost', priority: 'low' },
  );
}

async function ask(
  url: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: Buffer,
): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const sent = request(new URL(path, url), { method, headers, agent: false }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces) });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
