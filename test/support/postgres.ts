/**
 * A PostgreSQL of the test's own: Debian's server on a throw-away cluster and a free port of 127.0.0.1. It refuses to run
 * as root, so there it runs as the user that its package made.
 */
import { chownSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { temporaryFolder } from './folders.ts';
import { cleanEnv, freePort, runOk, startProcess, until, type Child } from './process.ts';

const versions = '/usr/lib/postgresql';

/** The folder of the newest server's programs. */
function findPrograms(): string | undefined {
  const found = existsSync(versions) ? readdirSync(versions).toSorted((a, b) => Number(b) - Number(a)) : [];
  return found.map((version) => join(versions, version, 'bin')).find((folder) => existsSync(join(folder, 'initdb')));
}

interface Owner {
  readonly user: number;
  readonly group: number;
}

/** Undefined where the tests may run it as whoever they are. */
function findOwner(): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout);
  return { user: id('-u'), group: id('-g') };
}

/** Why there is no PostgreSQL for tests here; undefined where there is. */
export function missingPostgres(): string | undefined {
  if (findPrograms() === undefined) return `no server in ${versions}`;
  const owner = findOwner();
  return owner !== undefined && !(owner.user > 0) ? 'root has no user postgres to run it as' : undefined;
}

/** Where a cluster takes connections; may be handed to other processes. */
export interface ClusterPlace {
  readonly port: number;
  /** Holds the socket, over which the superuser needs no password. */
  readonly folder: string;
}

/** What can be done with a cluster that runs. */
export interface Databases {
  /** Makes an empty database; gives its URL, with the password in it. */
  createDatabase(options?: { readonly encoding?: string }): Promise<string>;
  dropDatabase(url: string): Promise<void>;
  /** Connects as the superuser, whose password is not asked for. The caller ends the connection. */
  connect(database?: string): Promise<pg.Client>;
}

export interface Cluster extends Databases {
  readonly place: ClusterPlace;
  /** SIGKILL to the server, and until it and everything that it started has ended. */
  kill(): Promise<void>;
  /** An orderly end, which does not wait for clients. */
  stop(): Promise<void>;
  /** Brings it back on the same port; resolves when it takes connections. */
  start(): Promise<void>;
  close(): Promise<void>;
}

const password = 'se%cret/ of: a@database?';

export function databasesAt({ port, folder }: ClusterPlace): Databases {
  const connect = async (database = 'postgres'): Promise<pg.Client> => {
    const client = new pg.Client({ host: folder, port, user: 'stowage', database });
    client.on('error', () => {});
    await client.connect();
    return client;
  };
  const ask = async (sql: string): Promise<void> => {
    const client = await connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  return {
    connect,
    async createDatabase({ encoding } = {}) {
      const name = randomUUID();
      const others = encoding === undefined ? '' : ` encoding '${encoding}' locale_provider libc locale 'C'`;
      await ask(`create database "${name}" template template0${others}`);
      return `postgres://stowage:${encodeURIComponent(password)}@127.0.0.1:${port}/${name}`;
    },
    dropDatabase: async (url) => await ask(`drop database if exists "${new URL(url).pathname.slice(1)}" with (force)`),
  };
}

interface ClusterOptions {
  /** Keeps what was committed over a SIGKILL of the whole machine; tests of crashes want it, others are faster without. */
  readonly durable?: boolean;
  /** PEM files with which it speaks TLS to whoever asks for it. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

/** What starting the server's programs needs: as whom, and where. */
interface Ground {
  readonly folder: string;
  readonly data: string;
  /** Command and arguments that run one of its programs as its owner. */
  command(program: string, args: readonly string[]): [string, string[]];
  /** Writes a file that only the owner reads; gives its path. */
  give(name: string, content: string | Buffer): string;
}

function groundIn(folder: string): Ground {
  const programs = findPrograms() ?? '';
  const owner = findOwner();
  const give = (path: string): void => {
    if (owner !== undefined) chownSync(path, owner.user, owner.group);
  };
  give(folder);
  return {
    folder,
    data: join(folder, 'data'),
    command(program, args) {
      const file = join(programs, program);
      if (owner === undefined) return [file, [...args]];
      return ['setpriv', [`--reuid=${owner.user}`, `--regid=${owner.group}`, '--clear-groups', file, ...args]];
    },
    give(name, content) {
      const path = join(folder, name);
      writeFileSync(path, content, { mode: 0o600 });
      give(path);
      return path;
    },
  };
}

const env = cleanEnv({ LC_ALL: 'C.UTF-8' });

/** A cluster whose names sort by a language: that they sort by their bytes must come from Stowage's own tables. */
async function initialize(ground: Ground): Promise<void> {
  const { data, folder } = ground;
  const who = [
    '-D',
    data,
    '-U',
    'stowage',
    '--pwfile',
    ground.give('password', password),
    '--auth-host',
    'scram-sha-256',
  ];
  const language = ['--auth-local', 'trust', '--locale-provider', 'icu', '--icu-locale', 'en', '--no-sync'];
  await runOk(...ground.command('initdb', [...who, ...language]), { env, cwd: folder });
}

function settingsOf({ durable, tls }: ClusterOptions, ground: Ground): string[] {
  const settings = ['max_connections=200', 'shared_buffers=32MB'];
  if (durable !== true) settings.push('fsync=off', 'full_page_writes=off');
  if (tls !== undefined) {
    const certificate = ground.give('server.crt', readFileSync(tls.certificate));
    settings.push(
      'ssl=on',
      `ssl_cert_file=${certificate}`,
      `ssl_key_file=${ground.give('server.key', readFileSync(tls.key))}`,
    );
  }
  return settings.flatMap((one) => ['-c', one]);
}

export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const folder = temporaryFolder('pg');
  const ground = groundIn(folder.path);
  await initialize(ground);
  const place = { port: await freePort(), folder: folder.path };
  const databases = databasesAt(place);
  const where = ['-D', ground.data, '-k', folder.path, '-h', '127.0.0.1', '-p', String(place.port)];
  const serving = ground.command('postgres', [...where, ...settingsOf(options, ground)]);
  let server: Child | undefined;
  const start = async (): Promise<void> => {
    // after a SIGKILL the parts of the old server may take a moment to notice, and a new one is refused until then
    await until('PostgreSQL takes connections', async () => {
      if (server?.isRunning() !== true) server = startProcess(...serving, { env, cwd: folder.path });
      const client = await databases.connect().catch(() => undefined);
      await client?.end();
      return client && true;
    });
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    server?.signal(signal);
    await server?.exited;
    server = undefined;
  };
  await start();
  return {
    ...databases,
    place,
    kill: async () => await end('SIGKILL'),
    stop: async () => await end('SIGINT'),
    start,
    async close() {
      await end('SIGQUIT');
      folder.remove();
    },
  };
}
