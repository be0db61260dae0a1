/** A Stowage of a test's own: `node bin/stowage serve` as anybody would start it, on a free port, in its own folder. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { temporaryFolder } from './folders.ts';
import { cleanEnv, freePort, run, startProcess, waitForUrl, type Child, type Exit, type Outcome } from './process.ts';

export const checkout = join(import.meta.dirname, '..', '..');
export const region = 'eu-central-1';
export const account = '123456789012';

const launcher = join(checkout, 'bin', 'stowage');

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary ones. */
  readonly sessionToken?: string;
}

export interface StartStowage {
  /** A data folder to go on with; without it a new one, removed at `close()`. */
  readonly data?: string | undefined;
  /** To come back under the same address. */
  readonly port?: number | undefined;
  readonly flags?: readonly string[] | undefined;
  /** Where the flags put the credentials, if not in the data folder. */
  readonly credentialsFile?: string | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
}

export interface Stowage {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** `127.0.0.1:PORT`, as image references begin. */
  readonly host: string;
  readonly port: number;
  readonly data: string;
  readonly credentials: Credentials;
  readonly child: Child;
  /** SIGTERM, and until it has ended. */
  stop(): Promise<Exit>;
  /** SIGKILL, and until it has ended. */
  kill(): Promise<Exit>;
  /** Stops it and removes a data folder that was made for it. */
  close(): Promise<void>;
}

/** Starts `serve` and returns at once; for tests of starting itself. */
export function spawnStowage(flags: readonly string[], env: NodeJS.ProcessEnv = {}): Child {
  return startProcess(execPath, [launcher, 'serve', ...flags], { env: cleanEnv(env) });
}

/** Starts a server and resolves when it can serve. */
export async function startStowage(options: StartStowage = {}): Promise<Stowage> {
  const own = options.data === undefined ? temporaryFolder('data') : undefined;
  // `own` is not handed over as it is: the server may want to make its folder itself
  const data = options.data ?? join(own?.path ?? '', 'data');
  const port = options.port ?? (await freePort());
  const host = `127.0.0.1:${port}`;
  const url = `http://${host}`;
  const child = spawnStowage(['--data', data, '--listen', host, ...(options.flags ?? [])], options.env);
  await waitForUrl(`${url}/readyz`, child);
  return {
    url,
    host,
    port,
    data,
    credentials: readCredentials(options.credentialsFile ?? join(data, 'credentials')),
    child,
    stop: () => child.stop(),
    kill: () => child.kill(),
    async close() {
      await child.stop();
      own?.remove();
    },
  };
}

/** The `[default]` profile of a shared-credentials file. */
export function readCredentials(file: string): Credentials {
  if (!existsSync(file)) throw new Error(`there is no credentials file ${file}`);
  const text = readFileSync(file, 'utf8');
  const read = (name: string): string => {
    const value = new RegExp(`^${name}\\s*=\\s*(\\S+)`, 'm').exec(text)?.[1];
    if (value === undefined) throw new Error(`${file} has no ${name}`);
    return value;
  };
  return { accessKeyId: read('aws_access_key_id'), secretAccessKey: read('aws_secret_access_key') };
}

/** The environment of an AWS client that talks to this server and to nobody else. */
export function awsEnv(server: Stowage): NodeJS.ProcessEnv {
  return cleanEnv({
    AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
    AWS_DEFAULT_REGION: region,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    AWS_PAGER: '',
  });
}

/** Runs a command of `stowage`. */
export async function stowage(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return await run(execPath, [launcher, ...args], { env: cleanEnv(env), cwd: checkout });
}
