/**
 * The real clients: which of them are here, why one is not, and a Docker engine of the test's own. No systemd is
 * needed, nothing of the machine is changed: every folder and socket is the test's, no network is set up.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { onMachine, type Commands } from './commands.ts';
import { startContainerd } from './containerd.ts';
import { temporaryFolder } from './folders.ts';
import { machineCas } from './true-names/namespace.ts';
import { missingPostgres } from './postgres.ts';
import { cleanEnv, until, type Outcome } from './process.ts';

/** `namespace` is no client: it is what clients on AWS's own names need (true-names/namespace.ts). */
export const clients = [
  ...(['docker', 'skopeo', 'podman', 'buildah', 'ctr', 'helper', 'aws', 'boto3'] as const),
  ...(['namespace', 'postgres', 'strace'] as const),
] as const;
export type Client = (typeof clients)[number];

/** Debian packages that bring a client. */
export const packagesOf: Record<Client, readonly string[]> = {
  docker: ['docker.io', 'containerd', 'runc'],
  skopeo: ['skopeo'],
  podman: ['podman'],
  buildah: ['buildah'],
  ctr: ['containerd', 'runc'],
  helper: ['amazon-ecr-credential-helper'],
  aws: ['awscli'],
  boto3: ['python3', 'python3-boto3'],
  namespace: ['util-linux', 'iproute2', 'ca-certificates'],
  postgres: ['postgresql'],
  strace: ['strace'],
};

const commandsOf: Record<Client, readonly string[]> = {
  docker: ['docker', 'dockerd', 'containerd', 'runc'],
  skopeo: ['skopeo'],
  podman: ['podman'],
  buildah: ['buildah'],
  ctr: ['ctr', 'containerd', 'runc'],
  helper: ['docker-credential-ecr-login'],
  aws: ['aws'],
  boto3: [],
  namespace: ['unshare', 'nsenter', 'ip'],
  postgres: [],
  strace: ['strace'],
};

/** What needs a root that may mount. */
const mounting: ReadonlySet<Client> = new Set(['docker', 'podman', 'buildah', 'ctr', 'namespace']);

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

/** A Python that has a module: the first in PATH, or Debian's own behind a version manager's. */
export function pythonWith(module: 'awscli' | 'boto3'): string | undefined {
  const has = (python: string): boolean =>
    spawnSync(python, ['-c', `import ${module}`], { env: cleanEnv() }).status === 0;
  return ['python3', '/usr/bin/python3'].find(has);
}

export const pythonWithBoto3 = (): string | undefined => pythonWith('boto3');

function whyMissing(client: Client): string | undefined {
  const absent = commandsOf[client].filter((command) => findCommand(command) === undefined);
  if (absent.length > 0) return `${absent.join(', ')} not found`;
  if (client === 'postgres') return missingPostgres();
  if (client === 'boto3') return pythonWithBoto3() === undefined ? 'no python3 has it' : undefined;
  if (client === 'aws') {
    // a version manager's stand-in may be there without a program behind it
    const answer = spawnSync('aws', ['--version'], { env: cleanEnv(), encoding: 'utf8' });
    return answer.status === 0 ? undefined : 'aws does not start';
  }
  if (mounting.has(client)) {
    if (!isRoot()) return 'it needs root';
    if (!mayMount()) return 'this root may not mount, which it needs';
  }
  return client === 'namespace' ? whyNoNamespace() : undefined;
}

function whyNoNamespace(): string | undefined {
  if (!existsSync(machineCas)) return `no ${machineCas}`;
  const made = spawnSync('unshare', ['--net', 'ip', 'link', 'set', 'lo', 'up'], {
    env: cleanEnv({ PATH: searchPath }),
  });
  return made.status === 0 ? undefined : 'this root may not make a network';
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

/** Where a client of a test's own lives and runs. */
export interface ToolPlace {
  /** Where it keeps its logins (`auth.json`) and everything else. */
  readonly folder: string;
  readonly commands?: Commands | undefined;
  /** Instead of the machine's environment. */
  readonly env?: NodeJS.ProcessEnv | undefined;
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

/** containerd and dockerd in a folder of their own, without systemd and without a network; ready when it resolves. */
export async function startDocker(place: Omit<ToolPlace, 'folder'> = {}): Promise<Docker> {
  const { commands = onMachine } = place;
  const folder = temporaryFolder('docker');
  const at = (name: string): string => join(folder.path, name);
  mkdirSync(at('config'));
  // the client looks here for credentials and plug-ins, and stores logins here
  writeFileSync(at('config/config.json'), '{"auths":{}}');
  const own = { PATH: searchPath, DOCKER_HOST: `unix://${at('docker.sock')}`, DOCKER_CONFIG: at('config') };
  const env = { ...cleanEnv(), ...place.env, ...own };
  const containerd = await startContainerd({ folder: folder.path, env, commands });
  const daemonFlags = [
    ...['--data-root', at('root'), '--exec-root', at('exec'), '--pidfile', at('pid')],
    ...['--host', `unix://${at('docker.sock')}`, '--containerd', containerd.socket, '--storage-driver', 'vfs'],
    ...['--iptables=false', '--ip6tables=false', '--ip-forward=false', '--bridge=none'],
  ];
  const daemon = commands.start('dockerd', daemonFlags, { env });
  const docker = async (args: readonly string[], input?: string | Buffer): Promise<Outcome> =>
    await commands.run('docker', args, { env, input });
  const asks = async (): Promise<true | undefined> => ((await docker(['version'])).code === 0 ? true : undefined);
  await until('dockerd answers', asks, { child: daemon });
  return {
    env,
    run: async (...args) => await docker(args),
    ok: async (...args) => await commands.ok('docker', args, { env }),
    async login(host, password) {
      const args = ['login', '--username', 'AWS', '--password-stdin', host];
      await commands.ok('docker', args, { env, input: password });
    },
    async load(archive) {
      await commands.ok('docker', ['load'], { env, input: archive });
    },
    async close() {
      await daemon.stop();
      await containerd.stop();
      folder.remove();
    },
  };
}

export interface Tool {
  run(...args: string[]): Promise<Outcome>;
  ok(...args: string[]): Promise<string>;
  /** Logs in as AWS, by the tool's own command. */
  login(host: string, password: string): Promise<void>;
}

export type Skopeo = Pick<Tool, 'run' | 'ok'>;

/** skopeo over plain HTTP, logged in by a file of its own. Flags for plain HTTP are the caller's. */
export function skopeoAt(host: string, password: string, folder: string): Skopeo {
  const auth = Buffer.from(`AWS:${password}`).toString('base64');
  writeFileSync(join(folder, 'auth.json'), JSON.stringify({ auths: { [host]: { auth } } }), { mode: 0o600 });
  return skopeoIn({ folder });
}

/** skopeo with its logins in `folder`. */
export function skopeoIn(place: ToolPlace): Tool {
  return toolIn({ command: 'skopeo', flags: ['--policy', writePolicy(place.folder)], place });
}

/** podman with its images and logins in `folder`; it may do everything but `run`. */
export function podmanIn(place: ToolPlace): Tool {
  const at = (name: string): string => join(place.folder, name);
  const flags = [
    ...['--root', at('root'), '--runroot', at('runroot'), '--tmpdir', at('tmp'), '--storage-driver', 'vfs'],
    ...['--cgroup-manager', 'cgroupfs', '--events-backend', 'none'],
  ];
  return toolIn({ command: 'podman', flags, place });
}

function writePolicy(folder: string): string {
  const policy = join(folder, 'policy.json');
  writeFileSync(policy, JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
  return policy;
}

function toolIn(tool: { command: string; flags: readonly string[]; place: ToolPlace }): Tool {
  const { command, flags, place } = tool;
  const { folder, commands = onMachine } = place;
  const env = { ...cleanEnv(), ...place.env, PATH: searchPath, REGISTRY_AUTH_FILE: join(folder, 'auth.json') };
  return {
    run: async (...args) => await commands.run(command, [...flags, ...args], { env }),
    ok: async (...args) => await commands.ok(command, [...flags, ...args], { env }),
    async login(host, password) {
      const args = ['login', '--username', 'AWS', '--password-stdin', host];
      await commands.ok(command, [...flags, ...args], { env, input: password });
    },
  };
}
