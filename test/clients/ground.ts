/**
 * Where the table of clients is run: one Stowage in a namespace, reached by clients on `localhost` over plain HTTP and on
 * AWS's own name over TLS, and by this process through a relay. Engines are started once, when a client wants them.
 */
import { once } from 'node:events';
import type { Agent } from 'node:https';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { CreateRepositoryCommand, PutAccountSettingCommand, type ECRClient } from '@aws-sdk/client-ecr';
import { ecrClient } from '../support/aws.ts';
import type { Commands } from '../support/commands.ts';
import { startContainerd, type Containerd } from '../support/containerd.ts';
import { startDocker, type Docker } from '../support/engines.ts';
import { temporaryFolder } from '../support/folders.ts';
import { registryAt, type Registry } from '../support/registry.ts';
import type { Credentials } from '../support/stowage.ts';
import { accounts, hostOf, plainPort, startTrueNames, type NamedRegistry } from '../support/true-names/site.ts';

export const home: NamedRegistry = { account: accounts[0], region: 'eu-central-1' };

/** One of the two ways to the same registry. */
export interface Address {
  readonly key: 'plain' | 'named';
  readonly title: string;
  readonly short: string;
  /** As image references begin. */
  readonly host: string;
  /** `http://…` or `https://…`, without a slash at the end. */
  readonly url: string;
}

const named = hostOf(home);

export const addresses: readonly Address[] = [
  {
    key: 'plain',
    title: 'localhost, plain HTTP',
    short: 'plain',
    host: `localhost:${plainPort}`,
    url: `http://localhost:${plainPort}`,
  },
  { key: 'named', title: 'names of AWS, TLS', short: 'TLS', host: named, url: `https://${named}` },
];

/** A request as the server logged it. */
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

export interface Ground {
  /** Runs clients where both addresses work. */
  readonly commands: Commands;
  /** The CA of the certificate, as a file. */
  readonly ca: string;
  /** For files of clients; it goes at the end. */
  readonly folder: string;
  readonly password: string;
  /** The same registry from this process, over plain HTTP. */
  readonly registryUrl: string;
  readonly registry: Registry;
  readonly ecr: ECRClient;
  /** The SDK on one of the addresses. */
  ecrAt(address: Address): ECRClient;
  /** HTTPS to the names of AWS from this process. */
  readonly agent: Agent;
  /** AWS keys, region and CA; on plain HTTP the endpoint too. HOME is a folder of the client's own. */
  env(address: Address, home: string): NodeJS.ProcessEnv;
  createRepositories(...names: string[]): Promise<void>;
  /** What was asked below `/v2/NAME/` so far. */
  requestsOf(repository: string): LoggedRequest[];
  docker(): Promise<Docker>;
  containerd(): Promise<Containerd>;
  close(): Promise<void>;
}

/** Puts a tool's own folder first in PATH, and the folders of daemons last. */
export function withTool(env: NodeJS.ProcessEnv, tool: string): NodeJS.ProcessEnv {
  return { ...env, PATH: [dirname(tool), env['PATH'] ?? '', '/usr/sbin', '/sbin'].join(delimiter) };
}

/** Makes a door of the namespace a port outside, so that fetch and the SDK get in. */
async function relayTo(open: () => Socket): Promise<{ server: Server; url: string }> {
  const server = createServer({ allowHalfOpen: true }, (outside) => {
    const inside = open();
    outside.on('error', () => inside.destroy());
    inside.on('error', () => outside.destroy());
    outside.pipe(inside).pipe(outside);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function readLog(text: string): LoggedRequest[] {
  const lines = text.split('\n').filter((line) => line.includes('"msg":"request"'));
  return lines.map((line) => JSON.parse(line) as LoggedRequest);
}

const credentialsIn = (env: NodeJS.ProcessEnv): Credentials => ({
  accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
  secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
});

/** An engine that is started by the first who asks. */
function lazily<T>(start: () => Promise<T>): { get(): Promise<T>; started(): Promise<T> | undefined } {
  let running: Promise<T> | undefined;
  return { get: async () => await (running ??= start()), started: () => running };
}

export async function startGround(): Promise<Ground> {
  const names = await startTrueNames([home.region], ['--log-level', 'info']);
  const folder = temporaryFolder('clients');
  const commands = names.namespace;
  const relay = await relayTo(() => names.namespace.connect(plainPort));
  const password = await names.password(home);
  const ecr = names.ecr(home);
  await ecr.send(new PutAccountSettingCommand({ name: 'BLOB_MOUNTING', value: 'ENABLED' }));
  const plainEcr = ecrClient({ url: relay.url, credentials: credentialsIn(names.awsEnv(home)), region: home.region });
  const docker = lazily(async () => await startDocker({ commands, env: names.awsEnv(home) }));
  const containerdFolder = temporaryFolder('ctr');
  const containerd = lazily(
    async () => await startContainerd({ folder: containerdFolder.path, commands, env: names.awsEnv(home) }),
  );
  return {
    commands,
    ca: names.ca,
    folder: folder.path,
    password,
    registryUrl: relay.url,
    registry: registryAt(relay.url, `Basic ${Buffer.from(`AWS:${password}`).toString('base64')}`),
    ecr,
    ecrAt: ({ key }) => (key === 'named' ? ecr : plainEcr),
    agent: names.agent,
    env: (address, ownHome) => ({
      ...names.awsEnv(home),
      HOME: ownHome,
      XDG_CONFIG_HOME: join(ownHome, '.config'),
      XDG_CACHE_HOME: join(ownHome, '.cache'),
      ...(address.key === 'plain' ? { AWS_ENDPOINT_URL: address.url } : {}),
    }),
    async createRepositories(...wanted) {
      for (const repositoryName of wanted) await ecr.send(new CreateRepositoryCommand({ repositoryName }));
    },
    requestsOf: (repository) =>
      readLog(names.server.stderr()).filter(({ path }) => path.startsWith(`/v2/${repository}/`)),
    docker: async () => await docker.get(),
    containerd: async () => await containerd.get(),
    async close() {
      await (await docker.started())?.close();
      await (await containerd.started())?.stop();
      plainEcr.destroy();
      relay.server.close();
      await names.close();
      containerdFolder.remove();
      folder.remove();
    },
  };
}
