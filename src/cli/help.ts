import { settings, type Setting } from '../config/schema.ts';
import type { Command } from './command.ts';

/** Lines of two columns, the first as wide as its longest entry. */
function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd());
}

const usage = (command: Command): string => [command.name, ...command.words].join(' ');

/** What `stowage` says when it is asked for nothing in particular. */
export function overview(version: string, commands: readonly Command[]): string {
  const rows = commands.map((command) => [usage(command), command.help] as const);
  return [
    `Stowage ${version}, an Amazon ECR that you run yourself.`,
    '',
    'stowage COMMAND [FLAGS]',
    ...columns([...rows, ['help [COMMAND]', 'tell about a command and its flags']]),
    '',
    'Commands work on the data folder ./data, or on the one that --data DIR names.',
    '',
  ].join('\n');
}

export function commandHelp(command: Command): string {
  const own = command.flags.map((flag) => [`--${flag.flag}${flag.switch ? '' : ' VALUE'}`, flag.help] as const);
  const shown: readonly Setting<unknown>[] = command.listens
    ? Object.values<Setting<unknown>>(settings).filter((setting) => setting.later === undefined)
    : [settings.data, settings.config];
  const rows = shown.map(
    (setting) => [`--${setting.flag} ${setting.kind.shape}`.trimEnd(), describe(setting)] as const,
  );
  return [`stowage ${usage(command)}: ${command.help}`, '', ...columns([...own, ...rows]), ''].join('\n');
}

/** The first sentence of a setting's documentation and its default. */
function describe({ words, default: given, otherwise, kind }: Setting<unknown>): string {
  const first = /^.*?\.(?= |$)/s.exec(words)?.[0] ?? words;
  const text = kind.switch ? '' : (given ?? otherwise ?? '');
  return `${first.slice(0, -1)}${text === '' ? '' : ` (${text})`}`.replaceAll('`', '');
}
