/** A server that kill-at.ts ends at one of its steps. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startProcess, cleanEnv, until, type Child, type Exit } from '../process.ts';
import { checkout, startStowage, type StartStowage, type Stowage } from '../stowage.ts';

const preload = pathToFileURL(join(import.meta.dirname, 'kill-at.ts')).href;

/** The environment that has a process end before its step number `at`, counted from its start or when told to. */
export function killEnv(data: string, at: number, from: 'start' | 'signal'): NodeJS.ProcessEnv {
  const { version } = process;
  if (!version.startsWith('v26.')) throw new Error(`the launcher would start a Node of its own below ${version}`);
  const env = { NODE_OPTIONS: `--import ${preload}`, KILL_BELOW: data, KILL_AT: String(at) };
  return from === 'start' ? { ...env, KILL_FROM_START: '1' } : env;
}

export type StartKillable = StartStowage & { readonly data: string; readonly at: number };

export async function startKillable(options: StartKillable): Promise<Stowage> {
  return await startStowage({ ...options, env: killEnv(options.data, options.at, 'signal') });
}

/** A first start that ends before its step number `at`; its exit, or undefined where it came to serve before. */
export async function startKilled(
  flags: readonly string[],
  data: string,
  at: number,
): Promise<{ child: Child; exit: Exit | undefined }> {
  const env = cleanEnv(killEnv(data, at, 'start'));
  const child = startProcess(process.execPath, [join(checkout, 'bin', 'stowage'), 'serve', '--data', data, ...flags], {
    env,
  });
  const greeted = until('the greeting', () => (child.stdout() === '' ? undefined : true), { child }).then(
    () => undefined,
    () => undefined,
  );
  await Promise.race([child.exited, greeted]);
  return { child, exit: child.isRunning() ? undefined : await child.exited };
}

/** Has the steps counted from now on. */
export async function countSteps({ child }: Stowage): Promise<void> {
  child.signal('SIGUSR2');
  await until('its steps are counted', () => (child.stderr().includes('kill-at: counting') ? true : undefined), {
    child,
  });
}

/** The step at which a process ended. */
export function stepOf(child: Child): string | undefined {
  return /^kill-at: step (.+)$/m.exec(child.stderr())?.[1];
}
