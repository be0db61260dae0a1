import { settings, type Setting } from '../../src/config/schema.ts';

const all = Object.values<Setting<unknown>>(settings);

/** docs/reference/configuration.md: every setting of the schema, the ones without effect apart. */
export function configurationPage(): string {
  return [
    '# Configuration',
    '',
    '<!-- Generated from src/config/schema.ts by scripts/reference.ts; edit there. -->',
    '',
    'A setting is a flag of `stowage serve`, an environment variable, or a key of the YAML file that `--config` names.',
    'Flags win over variables, and variables over the file. All mistakes are told at once, and nothing starts with one.',
    '',
    '- A relative path in the file starts from the folder of the file, elsewhere from the working folder.',
    '- A list is written with commas, as a flag that is given several times, or as a YAML list.',
    '- A switch is `true` or `false`; as a flag, its name alone means `true`.',
    '- An empty variable counts as not set.',
    '',
    ...table(all.filter((setting) => setting.later === undefined)),
    '',
    '## Known, without effect yet',
    '',
    'These are refused until what they need is built.',
    '',
    ...table(all.filter((setting) => setting.later !== undefined)),
    '',
    '## A file',
    '',
    '```yaml',
    'data: /var/lib/stowage',
    'listen: 127.0.0.1:4566',
    'domains:',
    '  - registry.example.com',
    'advertise: domain:registry.example.com',
    'log-level: info',
    '```',
    '',
  ].join('\n');
}

function table(rows: readonly Setting<unknown>[]): string[] {
  return ['| flag | variable | key in the file | default | meaning |', '|---|---|---|---|---|', ...rows.map(row)];
}

function row({ flag, variable, key, kind, default: given, otherwise, words, later }: Setting<unknown>): string {
  const value = otherwise ?? (given === '' ? 'none' : `\`${given}\``);
  const file = key === undefined ? '' : `\`${key}\``;
  const meaning = later === undefined ? words : `${words} ${later.charAt(0).toUpperCase()}${later.slice(1)}`;
  return `| \`${`--${flag} ${kind.shape}`.trim()}\` | \`${variable}\` | ${file} | ${value} | ${meaning} |`;
}
