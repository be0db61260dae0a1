import { parseCommandLine, type CommandLine } from '../config/flags.ts';
import { ConfigError, loadConfig, type Config } from '../config/load.ts';
import { settingFlags, type Sources } from '../config/sources.ts';
import { StartError } from '../domain/start-error.ts';
import { findNearest } from '../lib/nearest.ts';
import { closeAccount, reopenAccount } from './accounts/close.ts';
import { createAccount } from './accounts/create.ts';
import { limitAccount } from './accounts/limits.ts';
import { listAccounts } from './accounts/list.ts';
import {
  createServiceCredential,
  listServiceCredentials,
  revokeServiceCredential,
} from './accounts/service-credential.ts';
import { isRefusal } from './administration.ts';
import { type Command, UsageError } from './command.ts';
import { createRepository } from './create-repository.ts';
import { resetCredentials } from './credentials-reset.ts';
import { commandHelp, overview } from './help.ts';
import { loginPassword } from './login-password.ts';
import { removePolicy, showPolicy } from './policies.ts';
import { serve } from './serve.ts';
import type { Terminal } from './terminal.ts';
import { initTls } from './tls-init.ts';

/** `stowage …`: the table of commands, and the way from a command line to one of them. */
const commands: readonly Command[] = [
  serve,
  loginPassword,
  createRepository,
  createAccount,
  listAccounts,
  limitAccount,
  closeAccount,
  reopenAccount,
  createServiceCredential,
  listServiceCredentials,
  revokeServiceCredential,
  resetCredentials,
  showPolicy,
  removePolicy,
  initTls,
];

/** Runs the command line of a terminal; resolves with the exit code: 0, 1 for a refusal, 2 for what cannot be meant. */
export async function run(terminal: Terminal): Promise<number> {
  try {
    return await dispatch(terminal);
  } catch (error) {
    terminal.stderr.write(describe(error));
    if (error instanceof UsageError || error instanceof ConfigError) return 2;
    return error instanceof StartError ? error.exitCode : 1;
  }
}

async function dispatch(terminal: Terminal): Promise<number> {
  const { args } = terminal;
  const words = args.filter((arg) => !arg.startsWith('-'));
  if (args[0] === '--version' || args[0] === '-v') {
    terminal.stdout.write(`${terminal.version}\n`);
    return 0;
  }
  const asked = args[0] === 'help' || args.includes('--help') || args.includes('-h');
  if (args.length === 0 || (asked && words.every((word) => word === 'help'))) {
    terminal.stdout.write(overview(terminal.version, commands));
    return 0;
  }
  const command = findCommand(args[0] === 'help' ? args.slice(1) : args);
  if (asked) {
    terminal.stdout.write(commandHelp(command));
    return 0;
  }
  const line = parseCommandLine(args.slice(command.name.split(' ').length), [...settingFlags, ...command.flags]);
  const mistakes = [...line.mistakes, ...checkWords(command, line)];
  const config = loadConfigWith(mistakes, {
    flags: line.flags,
    env: terminal.env,
    cwd: terminal.cwd,
    listens: command.listens,
  });
  return await command.run({ terminal, config, flags: line.flags, words: line.words });
}

/** The command comes first, so that no value of a flag is taken for it. */
function findCommand(args: readonly string[]): Command {
  const found = commands.find(({ name }) => name.split(' ').every((word, at) => args[at] === word));
  if (found !== undefined) return found;
  const [first = ''] = args;
  if (first.startsWith('-')) throw new UsageError('The command comes before its flags: stowage serve --data DIR.');
  const family = commands.filter(({ name }) => name.startsWith(`${first} `));
  if (family.length > 0) {
    throw new UsageError(
      `Say what to do: ${family.map(({ name, words }) => ['stowage', name, ...words].join(' ')).join(', ')}.`,
    );
  }
  const names = ['help', ...commands.map(({ name }) => name.replace(/ .*/, ''))];
  const nearest = findNearest(first, names);
  const hint = nearest === undefined ? 'stowage help lists them all.' : `did you mean ${nearest}?`;
  throw new UsageError(`There is no command ${first}; ${hint}`);
}

function checkWords(command: Command, { words }: CommandLine): string[] {
  const missing = command.words.slice(words.length).map((word) => `stowage ${command.name} needs ${word}.`);
  const tooMany = words
    .slice(command.words.length)
    .map((word) => `"${word}" is one word too many for stowage ${command.name}.`);
  return [...missing, ...tooMany];
}

/** Loads the configuration; its mistakes and those of the command line are told together. */
function loadConfigWith(mistakes: readonly string[], sources: Sources): Config {
  try {
    const config = loadConfig(sources);
    if (mistakes.length === 0) return config;
  } catch (error) {
    if (error instanceof ConfigError) throw new ConfigError([...mistakes, ...error.mistakes]);
    throw error;
  }
  throw new ConfigError(mistakes);
}

/** What a person reads of an error. One that nobody expected is a bug, and then its stack is what helps. */
function describe(error: unknown): string {
  if (error instanceof ConfigError && error.mistakes.length > 1)
    return `stowage: ${error.mistakes.length} mistakes:\n${error.mistakes.map((text) => `  ${text}\n`).join('')}`;
  const expected =
    error instanceof UsageError || error instanceof ConfigError || error instanceof StartError || isRefusal(error);
  if (expected) return `stowage: ${error.message}\n`;
  return `stowage: this is a fault of Stowage itself.\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`;
}
