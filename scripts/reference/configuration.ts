import { endpointFields, endpointsKey, servicesField, type EndpointField } from '../../src/config/endpoint-fields.ts';
import { settings, type Setting } from '../../src/config/schema.ts';

const all = Object.values<Setting<unknown>>(settings);

/** docs/reference/configuration.md: every setting of the schema, the ones without effect apart. */
export function configurationPage(): string {
  return [
    '# Configuration',
    '',
    '<!-- Generated from src/config/schema.ts and src/config/endpoint-fields.ts by scripts/reference.ts; edit there. -->',
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
    ...endpointsSection(),
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
    'endpoints:',
    '  - id: vpce-build',
    '    vpc: vpc-build',
    '    account: "123456789012"',
    '    networks: [10.20.0.0/16]',
    '    services:',
    '      ecr.api:',
    '      ecr.dkr: pull-only.json',
    '```',
    '',
  ].join('\n');
}

const needs: Readonly<Record<EndpointField<unknown>['need'], string>> = {
  always: 'always',
  'one of four': 'exactly one of `listen`, `tls-listen`, `networks`, `proxies`',
  optional: 'no',
};

function endpointsSection(): string[] {
  const fields: readonly EndpointField<unknown>[] = [...Object.values(endpointFields), servicesField];
  return [
    `## \`${endpointsKey}\`, in the file only`,
    '',
    'VPC endpoints: private ways to the registry, each with what it serves and what it lets pass. How they are used is told',
    'in [private access](../operate/private-access.md).',
    '',
    '| key | value | needed | meaning |',
    '|---|---|---|---|',
    ...fields.map(
      ({ key, kind, need, words }) =>
        `| \`${key}\` | ${kind.list === true ? 'list of ' : ''}${kind.shape} | ${needs[need]} | ${words} |`,
    ),
    '',
    'An endpoint policy is written as YAML, as JSON in a text, or in a file that is named; a relative name starts from the',
    'folder of the YAML file. Each statement has a `Principal`, and 20,480 characters are allowed. A service without a policy',
    'allows all that other policies allow. Policies are read at the start.',
  ];
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
