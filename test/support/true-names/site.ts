/**
 * A Stowage in a namespace of its own, on AWS's own names: HTTPS on port 443 with a certificate of `stowage tls
 * init`, plain HTTP beside it, two accounts. Clients are started inside; this process comes in by `agent`.
 */
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { connect, type ConnectionOptions } from 'node:tls';
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { temporaryFolder } from '../folders.ts';
import { makeNamespace, type Namespace } from './namespace.ts';
import { cleanEnv, until, type Child } from '../process.ts';
import { account, checkout, readCredentials, stowage, type Credentials } from '../stowage.ts';

export const accounts = [account, '210987654321'] as const;
export type Account = (typeof accounts)[number];

export const plainPort = 4566;
const httpsPort = 443;

/** A registry by its name. */
export interface NamedRegistry {
  readonly account: Account;
  readonly region: string;
}

export const hostOf = (registry: NamedRegistry): string =>
  `${registry.account}.dkr.ecr.${registry.region}.amazonaws.com`;

export interface TrueNames {
  readonly namespace: Namespace;
  readonly server: Child;
  /** The data folder, for commands to the server. */
  readonly data: string;
  readonly credentials: Readonly<Record<Account, Credentials>>;
  /** The CA that clients have to trust, as a file. */
  readonly ca: string;
  /** Connections to port 443 inside that trust the CA, and look whether the certificate is for the name. */
  readonly agent: Agent;
  /** Makes the certificate anew for these regions, under the same CA, while the server runs. */
  certify(regions: readonly string[]): Promise<void>;
  /** A client whose every call goes to `api.ecr.<region>.amazonaws.com`. */
  ecr(registry: NamedRegistry): ECRClient;
  /** A login token: of the account's administrator, or by other credentials. */
  password(registry: NamedRegistry, by?: Credentials): Promise<string>;
  /** The environment of an AWS client inside: keys, region and CA, and nothing that says where to go. */
  awsEnv(registry: NamedRegistry): NodeJS.ProcessEnv;
  close(): Promise<void>;
}

/** Every name that clients of these regions ask for. */
function namesIn(regions: readonly string[]): string[] {
  const regional = regions.flatMap((region) => [
    ...accounts.map((one) => hostOf({ account: one, region })),
    `api.ecr.${region}.amazonaws.com`,
    `sts.${region}.amazonaws.com`,
  ]);
  // IAM has one name for all regions; an older AWS CLI asks for the caller's identity without a region too
  return [...regional, 'iam.amazonaws.com', 'sts.amazonaws.com'];
}

async function makeCertificate(folder: string, regions: readonly string[]): Promise<void> {
  const flags = regions.flatMap((region) => ['--region', region]);
  const { code, stdout, stderr } = await stowage(['tls', 'init', '--out', folder, ...flags]);
  if (code !== 0) throw new Error(`tls init ended with ${code}\n${stdout}${stderr}`);
}

/** An agent whose connections come in through the namespace's door, with TLS to the name that was asked for. */
class DoorAgent extends Agent {
  readonly #namespace: Namespace;

  constructor(namespace: Namespace, ca: string) {
    super({ keepAlive: true, ca: readFileSync(ca) });
    this.#namespace = namespace;
  }

  override createConnection(options: ConnectionOptions): ReturnType<typeof connect> {
    const { host: servername } = options;
    return connect({ ...options, servername, socket: this.#namespace.connect(httpsPort) });
  }
}

async function makeAccounts(data: string): Promise<Record<Account, Credentials>> {
  const made = await stowage(['accounts', 'create', accounts[1], '--json', '--data', data]);
  if (made.code !== 0) throw new Error(`accounts create: ${made.stderr}`);
  return {
    [accounts[0]]: readCredentials(join(data, 'credentials')),
    [accounts[1]]: JSON.parse(made.stdout) as Credentials,
  };
}

export async function startTrueNames(regions: readonly string[], flags: readonly string[] = []): Promise<TrueNames> {
  const folder = temporaryFolder('names');
  const tls = join(folder.path, 'tls');
  const ca = join(tls, 'ca.crt');
  const data = join(folder.path, 'data');
  await makeCertificate(tls, regions);
  const ports = [httpsPort, plainPort];
  const namespace = await makeNamespace({ names: namesIn(regions), ca, ports });
  const server = namespace.start(
    execPath,
    [
      ...[join(checkout, 'bin', 'stowage'), 'serve', '--data', data, '--listen', `127.0.0.1:${plainPort}`],
      ...['--tls-listen', `0.0.0.0:${httpsPort}`, '--tls-dir', tls, ...flags],
    ],
    { env: cleanEnv() },
  );
  await until('the server listens', () => (server.stdout().includes('HTTPS on') ? true : undefined), { child: server });
  const credentials = await makeAccounts(data);
  const agent = new DoorAgent(namespace, ca);
  const ecr = (registry: NamedRegistry, by: Credentials = credentials[registry.account]): ECRClient =>
    new ECRClient({
      region: registry.region,
      endpoint: `https://api.ecr.${registry.region}.amazonaws.com`,
      credentials: { ...by },
      requestHandler: { httpsAgent: agent },
      maxAttempts: 1,
    });
  return {
    namespace,
    server,
    data,
    credentials,
    ca,
    agent,
    async certify(wanted) {
      namespace.addNames(namesIn(wanted.filter((one) => !regions.includes(one))));
      await makeCertificate(tls, wanted);
    },
    ecr,
    async password(registry, by) {
      const { authorizationData } = await ecr(registry, by).send(new GetAuthorizationTokenCommand({}));
      const token = Buffer.from(authorizationData?.[0]?.authorizationToken ?? '', 'base64').toString();
      return token.slice(token.indexOf(':') + 1);
    },
    awsEnv: (registry) =>
      cleanEnv({
        HOME: folder.path,
        AWS_ACCESS_KEY_ID: credentials[registry.account].accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials[registry.account].secretAccessKey,
        AWS_DEFAULT_REGION: registry.region,
        AWS_REGION: registry.region,
        AWS_CA_BUNDLE: ca,
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_PAGER: '',
      }),
    async close() {
      agent.destroy();
      await server.stop();
      await namespace.close();
      folder.remove();
    },
  };
}
