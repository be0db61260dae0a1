import type { CommandLine, Flag } from '../config/flags.ts';
import type { Config } from '../config/load.ts';
import type { Terminal } from './terminal.ts';

/** What a command works with once its command line and the configuration are known to be right. */
export interface Invocation {
  readonly terminal: Terminal;
  readonly config: Config;
  readonly flags: CommandLine['flags'];
  /** The words that the command names, in their order: `create-repository NAME` has one. */
  readonly words: readonly string[];
}

/** A row of the table of commands in index.ts. */
export interface Command {
  /** Its name, of one word or two. */
  readonly name: string;
  /** What its words stand for, all of them needed. */
  readonly words: readonly string[];
  /** Its flags beside those of the settings. */
  readonly flags: readonly (Flag & { readonly help: string })[];
  readonly help: string;
  /** True for a command that opens the listeners. */
  readonly listens: boolean;
  /** Resolves with the exit code. */
  run(invocation: Invocation): Promise<number>;
}

/** A command line that cannot be meant: one sentence, exit code 2. */
export class UsageError extends Error {}

/** A refusal of what a command asked for: one sentence, exit code 1. */
export class CommandError extends Error {}
