import { findNearest } from '../lib/nearest.ts';

/** A flag that may stand on a command line: with a value (`--name VALUE`, `--name=VALUE`) or as a switch. */
export interface Flag {
  readonly flag: string;
  readonly switch: boolean;
}

export interface CommandLine {
  /** Values of each given flag in their order; a bare switch is 'true'. */
  readonly flags: ReadonlyMap<string, readonly string[]>;
  /** Everything that is no flag. */
  readonly words: readonly string[];
  /** One sentence for each thing that is wrong. */
  readonly mistakes: readonly string[];
}

/** Takes a command line apart; nothing is thrown, so that its mistakes can be told together with those of the values. */
export function parseCommandLine(args: readonly string[], known: readonly Flag[]): CommandLine {
  const byName = new Map(known.map((entry) => [entry.flag, entry]));
  const flags = new Map<string, string[]>();
  const words: string[] = [];
  const mistakes: string[] = [];
  const rest = [...args];

  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--') {
      words.push(...rest);
      break;
    }
    if (!arg.startsWith('-') || arg === '-') {
      words.push(arg);
      continue;
    }
    const [, name = '', inline] = /^--([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    const flag = byName.get(name);
    if (flag === undefined) {
      const given = arg.replace(/=.*$/s, '');
      const nearest = byName.get(findNearest(given.replace(/^-+/, ''), byName.keys()) ?? '');
      mistakes.push(`There is no flag ${given}${nearest === undefined ? '.' : `; did you mean --${nearest.flag}?`}`);
      // The value of a mistyped flag is not a mistake of its own.
      if (inline === undefined && nearest?.switch === false && rest[0]?.startsWith('-') === false) rest.shift();
      continue;
    }
    let text = inline ?? (flag.switch ? 'true' : undefined);
    if (text === undefined && rest[0]?.startsWith('--') === false) text = rest.shift();
    if (text === undefined || text === '') mistakes.push(`--${name} needs a value.`);
    else flags.set(name, [...(flags.get(name) ?? []), text]);
  }
  return { flags, words, mistakes };
}
