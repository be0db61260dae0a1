/**
 * Child processes for tests: started in a group of their own, their output collected, stopped by id. Whatever still
 * lives when the test process ends, even by SIGKILL, is killed by reaper.ts: a failed run leaves nothing behind.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { delimiter, join, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { killGroup, type Note } from './reaper.ts';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What a command that ended said. `code` is null where a signal ended it. */
export interface Outcome extends Exit {
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly cwd?: string | undefined;
  /** Written to stdin, which is closed then; without it stdin is empty. */
  readonly input?: string | Buffer | undefined;
}

export interface Child {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  stdout(): string;
  stderr(): string;
  isRunning(): boolean;
  signal(name: NodeJS.Signals): void;
  /** SIGTERM to the process alone; after `grace` ms SIGKILL to its group. Resolves when it is gone. */
  stop(grace?: number): Promise<Exit>;
  /** SIGKILL to the group, at once. */
  kill(): Promise<Exit>;
}

let reaper: Socket | undefined;

function tellReaper(note: Note): void {
  if (reaper === undefined) {
    const script = join(import.meta.dirname, 'reaper.ts');
    const child = spawn(process.execPath, [script], { detached: true, stdio: ['pipe', 'ignore', 'inherit'] });
    child.unref();
    reaper = child.stdin as Socket;
    reaper.unref();
  }
  reaper.write(`${JSON.stringify(note)}\n`);
}

/** Has a process group killed, or a folder removed, when this test process ends before the returned function is called. */
export function watch(kind: Note['kind'], name: string): () => void {
  tellReaper({ act: 'watch', kind, name });
  return () => tellReaper({ act: 'forget', kind, name });
}

const runnersFolder = `${sep}node_modules${sep}.bin`;

/**
 * The environment of children: the machine's, without what would steer our server, AWS or docker clients, or Node, and
 * with the PATH that a person has, not the one of an npm script.
 */
export function cleanEnv(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const steering =
    /^(STOWAGE_|VITEST|NODE_|npm_|AWS_|DOCKER_|BUILDKIT_|CONTAINERD_|REGISTRY_AUTH|https?_proxy|HTTPS?_PROXY)/;
  const ofTheRunner = new Set(['TEST', 'DEV', 'PROD', 'MODE', 'SSR', 'BASE_URL', 'CI', 'INIT_CWD', 'FORCE_COLOR']);
  const kept = Object.entries(process.env).filter(([name]) => !steering.test(name) && !ofTheRunner.has(name));
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.endsWith(runnersFolder));
  return { ...Object.fromEntries(kept), PATH: path.join(delimiter), ...extra };
}

export function startProcess(command: string, args: readonly string[], options: StartOptions = {}): Child {
  const child: ChildProcess = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? cleanEnv(),
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  child.stdout?.on('data', (chunk: Buffer) => output.stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => output.stderr.push(chunk));
  child.stdin?.on('error', () => {
    // EPIPE: the command did not want its input; its exit code tells
  });
  child.stdin?.end(options.input);
  const { pid } = child;
  const forget = pid === undefined ? undefined : watch('group', String(pid));
  let isGone = false;
  let running = pid !== undefined;
  const { promise: exited, resolve } = Promise.withResolvers<Exit>();
  child.once('error', (error) => {
    running = false;
    output.stderr.push(Buffer.from(`${command}: ${error.message}\n`));
    resolve({ code: 127, signal: null });
  });
  child.once('exit', () => {
    running = false;
  });
  child.once('close', (code, signal) => {
    if (pid !== undefined) killGroup(pid);
    isGone = true;
    forget?.();
    resolve({ code, signal });
  });
  const signal = (name: NodeJS.Signals): void => {
    if (running) child.kill(name);
  };
  const kill = (): Promise<Exit> => {
    if (pid !== undefined && !isGone) killGroup(pid);
    return exited;
  };
  return {
    pid: pid ?? -1,
    exited,
    stdout: () => Buffer.concat(output.stdout).toString(),
    stderr: () => Buffer.concat(output.stderr).toString(),
    isRunning: () => running,
    signal,
    kill,
    async stop(grace = 20_000) {
      signal('SIGTERM');
      const ended = await Promise.race([exited, sleep(grace, undefined, { ref: false })]);
      return ended ?? (await kill());
    },
  };
}

/** Runs a command to its end; after `timeout` ms its group is killed (code null). Never rejects for a bad exit. */
export async function run(
  command: string,
  args: readonly string[],
  options: StartOptions & { readonly timeout?: number } = {},
): Promise<Outcome> {
  const child = startProcess(command, args, options);
  const timer = setTimeout(() => void child.kill(), options.timeout ?? 120_000);
  const exit = await child.exited;
  clearTimeout(timer);
  return { ...exit, stdout: child.stdout(), stderr: child.stderr() };
}

/** `run`, but a bad exit throws with everything that the command said. Gives its stdout. */
export async function runOk(
  command: string,
  args: readonly string[],
  options: StartOptions & { readonly timeout?: number } = {},
): Promise<string> {
  const outcome = await run(command, args, options);
  if (outcome.code === 0) return outcome.stdout;
  const how = outcome.code ?? outcome.signal;
  throw new Error(`${command} ${args.join(' ')} ended with ${how}\n${outcome.stdout}${outcome.stderr}`);
}

/** A port of 127.0.0.1 on which nothing listens now. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('the probe has no port');
  return address.port;
}

/** Asks again and again until `answered` gives a value; fails when `child` ends before or `timeout` ms are over. */
export async function until<T>(
  what: string,
  answered: () => Promise<T | undefined> | T | undefined,
  options: { readonly child?: Child; readonly timeout?: number } = {},
): Promise<T> {
  const { child, timeout = 60_000 } = options;
  const said = (): string => (child === undefined ? '' : `\n${child.stdout()}${child.stderr()}`);
  for (let waited = 0; waited < timeout; waited += 50) {
    const value = await answered();
    if (value !== undefined) return value;
    if (child !== undefined && !child.isRunning()) throw new Error(`it ended before ${what}${said()}`);
    await sleep(50);
  }
  throw new Error(`waited in vain for ${what}${said()}`);
}

/** Resolves as soon as `url` answers with a status under 400. */
export async function waitForUrl(url: string, child: Child): Promise<void> {
  const ask = async (): Promise<true | undefined> => {
    try {
      const response = await fetch(url);
      await response.arrayBuffer();
      return response.ok ? true : undefined;
    } catch {
      return undefined; // nobody listens yet
    }
  };
  await until(`${url} answers`, ask, { child });
}
