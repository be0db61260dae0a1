/**
 * The real clients: which of them are here, why one is not, and a Docker engine of the test's own. No systemd is
 * needed, nothing of the machine is changed: every folder and socket is the test's, no network is set up.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { temporaryFolder } from './folders.ts';
import { cleanEnv, run, runOk, startProcess, until, type Outcome } from './process.ts';

export const clients = ['docker', 'skopeo', 'aws', 'boto3'] as const;
export type Client = (typeof clients)[number];

/** Debian packages that bring a client. */
export const packagesOf: Record<Client, readonly string[]> = {
  docker: ['docker.io', 'containerd', 'runc'],
  skopeo: ['skopeo'],
  aws: ['awscli'],
  boto3: ['python3', 'python3-boto3'],
};

const commandsOf: Record<Client, readonly string[]> = {
  docker: ['docker', 'dockerd', 'containerd', 'runc'],
  skopeo: ['skopeo'],
  aws: ['aws'],
  boto3: [],
};

const searchPath = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'].join(delimiter);

function findCommand(name: string): string | undefined {
  for (const folder of searchPath.split(delimiter)) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

const isRoot = (): boolean => process.getuid?.() === 0;

/** Whether this is a root that may mount, which some containers withhold. */
export function mayMount(): boolean {
  return isRoot() && spawnSync('unshare', ['-m', 'true'], { env: cleanEnv() }).status === 0;
}

/** A Python that has boto3: the first in PATH, or Debian's own behind a version manager's. */
export function pythonWithBoto3(): string | undefined {
  const has = (python: string): boolean => spawnSync(python, ['-c', 'import boto3'], { env: cleanEnv() }).status === 0;
  return ['python3', '/usr/bin/python3'].find(has);
}

function whyMissing(client: Client): string | undefined {
  const absent = commandsOf[client].filter((command) => findCommand(command) === undefined);
  if (absent.length > 0) return `${absent.join(', ')} not found`;
  if (client === 'boto3') return pythonWithBoto3() === undefined ? 'no python3 has it' : undefined;
  if (client === 'aws') {
    // a version manager's stand-in may be there without a program behind it
    const answer = spawnSync('aws', ['--version'], { env: cleanEnv(), encoding: 'utf8' });
    return answer.status === 0 ? undefined : 'aws does not start';
  }
  if (client === 'docker') {
    if (!isRoot()) return 'dockerd needs root';
    return mayMount() ? undefined : 'this root may not mount, which dockerd needs';
  }
  return undefined;
}

const known = new Map<Client, string | undefined>();

/** Why tests with `client` cannot run here; undefined when they can. `describe.skipIf(missing('docker'))`. */
export function missing(client: Client): string | undefined {
  if (!known.has(client)) known.set(client, whyMissing(client));
  return known.get(client);
}

/** Forgets what was looked up, after something was installed. */
export function lookAgain(): void {
  known.clear();
}

export interface Docker {
  /** Runs the docker client against this engine; the outcome is the caller's to judge. */
  run(...args: string[]): Promise<Outcome>;
  /** The same, where success is expected: gives stdout. */
  ok(...args: string[]): Promise<string>;
  login(host: string, password: string): Promise<void>;
  /** Brings an image into the engine without a network. */
  load(archive: Buffer): Promise<void>;
  /** The environment of a shell in which `docker` means this engine. */
  readonly env: NodeJS.ProcessEnv;
  close(): Promise<void>;
}

function containerdConfig(folder: string): string {
  return [
    'version = 2',
    'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
    `root = "${folder}/containerd"`,
    `state = "${folder}/containerd-state"`,
    '[grpc]',
    `  address = "${folder}/c.sock"`,
    '[ttrpc]',
    `  address = "${folder}/c.ttrpc"`,
    '',
  ].join('\n');
}

/** containerd and dockerd in a folder of their own, without network and systemd; ready when it resolves. */
export async function startDocker(): Promise<Docker> {
  const folder = temporaryFolder('docker');
  const at = (name: string): string => join(folder.path, name);
  writeFileSync(at('containerd.toml'), containerdConfig(folder.path));
  mkdirSync(at('config'));
  // the client looks here for credentials and plug-ins, and stores logins here
  writeFileSync(at('config/config.json'), '{"auths":{}}');
  const env = cleanEnv({ PATH: searchPath, DOCKER_HOST: `unix://${at('docker.sock')}`, DOCKER_CONFIG: at('config') });
  const containerd = startProcess('containerd', ['-c', at('containerd.toml')], { env });
  const daemonFlags = [
    ...['--data-root', at('root'), '--exec-root', at('exec'), '--pidfile', at('pid')],
    ...['--host', `unix://${at('docker.sock')}`, '--containerd', at('c.sock'), '--storage-driver', 'vfs'],
    ...['--iptables=false', '--ip6tables=false', '--ip-forward=false', '--bridge=none'],
  ];
  await until('containerd makes its socket', () => exists(at('c.sock')), { child: containerd });
  const daemon = startProcess('dockerd', daemonFlags, { env });
  const docker = async (args: readonly string[], input?: string | Buffer): Promise<Outcome> =>
    await run('docker', args, { env, input });
  const asks = async (): Promise<true | undefined> => ((await docker(['version'])).code === 0 ? true : undefined);
  await until('dockerd answers', asks, { child: daemon });
  return {
    env,
    run: async (...args) => await docker(args),
    ok: async (...args) => await runOk('docker', args, { env }),
    async login(host, password) {
      const args = ['login', '--username', 'AWS', '--password-stdin', host];
      await runOk('docker', args, { env, input: password });
    },
    async load(archive) {
      await runOk('docker', ['load'], { env, input: archive });
    },
    async close() {
      await daemon.stop();
      await containerd.stop();
      folder.remove();
    },
  };
}

function exists(path: string): true | undefined {
  try {
    accessSync(path);
    return true;
  } catch {
    return undefined;
  }
}

export interface Skopeo {
  run(...args: string[]): Promise<Outcome>;
  ok(...args: string[]): Promise<string>;
}

/** skopeo over plain HTTP, logged in by a file of its own. Flags for plain HTTP are the caller's. */
export function skopeoAt(host: string, password: string, folder: string): Skopeo {
  const auth = Buffer.from(`AWS:${password}`).toString('base64');
  const file = join(folder, 'auth.json');
  writeFileSync(file, JSON.stringify({ auths: { [host]: { auth } } }), { mode: 0o600 });
  const policy = join(folder, 'policy.json');
  writeFileSync(policy, JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
  const env = cleanEnv({ REGISTRY_AUTH_FILE: file });
  const withPolicy = (args: readonly string[]): string[] => ['--policy', policy, ...args];
  return {
    run: async (...args) => await run('skopeo', withPolicy(args), { env }),
    ok: async (...args) => await runOk('skopeo', withPolicy(args), { env }),
  };
}
