import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type * as Yaml from 'yaml';
import type { DeclaredEndpoint } from '../domain/vpc-endpoints.ts';
import { findNearest } from '../lib/nearest.ts';
import { endpointsKey } from './endpoint-fields.ts';
import { readEndpoints } from './endpoints.ts';
import type { Flag } from './flags.ts';
import { settings, type Setting, type SettingName } from './schema.ts';
import { asMap, textIn } from './yaml-value.ts';

/** The three places in which a setting may be given. Each reader only finds texts; load.ts reads what they say. */
export interface Sources {
  readonly flags: ReadonlyMap<string, readonly string[]>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that relative paths of flags and variables start from; those of the file start from its own folder. */
  readonly cwd: string;
  /** False for a command that only talks to a server: it opens no listener, so it need not be allowed to. */
  readonly listens: boolean;
}

/** The text of one setting, and how to name the place where it stands. */
export interface Given {
  readonly text: string;
  readonly place: string;
  readonly base: string;
}

export type GivenByName = Map<SettingName, Given>;

export const entries = Object.entries(settings) as [SettingName, Setting<unknown>][];

/** The flags of all settings, for the command line. */
export const settingFlags: readonly Flag[] = entries.map(([, { flag, kind }]) => ({
  flag,
  switch: kind.switch ?? false,
}));

export function readFlags({ flags, cwd }: Sources): GivenByName {
  const given: GivenByName = new Map();
  for (const [name, { flag, kind }] of entries) {
    const texts = flags.get(flag);
    if (texts === undefined) continue;
    given.set(name, { text: kind.list ? texts.join(',') : (texts.at(-1) ?? ''), place: `--${flag}`, base: cwd });
  }
  return given;
}

const prefix = 'STOWAGE_';

/**
 * An empty variable counts as not set. An unknown STOWAGE_ variable is a mistake only where it looks like a mistyped one:
 * Kubernetes sets STOWAGE_PORT and others by itself for a service that is called stowage.
 */
export function readEnvironment({ env, cwd }: Sources, mistakes: string[]): GivenByName {
  const given: GivenByName = new Map();
  const known = new Set<string>();
  for (const [name, { variable }] of entries) {
    known.add(variable.slice(prefix.length));
    const text = env[variable];
    if (text !== undefined && text !== '') given.set(name, { text, place: variable, base: cwd });
  }
  for (const variable of Object.keys(env)) {
    const rest = variable.slice(prefix.length);
    if (!variable.startsWith(prefix) || known.has(rest)) continue;
    const nearest = findNearest(rest, known);
    if (nearest !== undefined) mistakes.push(`There is no variable ${variable}; did you mean ${prefix}${nearest}?`);
  }
  return given;
}

/** What the YAML file says: settings, and what only stands there since it has parts of its own. */
export interface FileContent {
  readonly given: GivenByName;
  readonly endpoints: readonly DeclaredEndpoint[];
}

export const noFile: FileContent = { given: new Map(), endpoints: [] };

export function readFile(file: string, place: string, mistakes: string[]): FileContent {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    mistakes.push(`${place}: the file ${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
    return noFile;
  }
  // The failsafe schema leaves every scalar the text that it is, so that an account such as 012345678901 keeps its zero.
  // Loaded only where there is a file: it is a quarter of all that a start would load.
  const { parseDocument } = createRequire(import.meta.url)('yaml') as typeof Yaml;
  const document = parseDocument(text, { schema: 'failsafe', prettyErrors: true });
  const refuse = (error: Error): void => void mistakes.push(`${file}: ${error.message.replace(/:?\n.*$/s, '')}.`);
  document.errors.forEach(refuse);
  if (document.errors.length > 0) return noFile;
  let content: unknown;
  try {
    content = document.toJS();
  } catch (error) {
    // An alias of nothing, or so many that they would never come to an end.
    refuse(error as Error);
    return noFile;
  }
  if (content === null || content === '') return noFile;
  const members = asMap(content);
  if (members === undefined) {
    mistakes.push(`${file}: it is not a list of "key: value" lines.`);
    return noFile;
  }
  const { [endpointsKey]: endpoints, ...scalars } = members;
  const given: GivenByName = new Map();
  for (const [key, value] of Object.entries(scalars)) readKey(file, key, value, { given, mistakes });
  return { given, endpoints: endpoints === undefined ? [] : readEndpoints(endpoints, file, mistakes) };
}

function readKey(file: string, key: string, value: unknown, into: { given: GivenByName; mistakes: string[] }): void {
  const entry = entries.find(([, setting]) => setting.key === key);
  if (entry === undefined) {
    const keys = [endpointsKey, ...entries.flatMap(([, setting]) => setting.key ?? [])];
    const nearest = findNearest(key.toLowerCase().replaceAll('_', '-'), keys);
    into.mistakes.push(
      `${file}: there is no setting "${key}"${nearest === undefined ? '.' : `; did you mean "${nearest}"?`}`,
    );
    return;
  }
  const [name, { kind }] = entry;
  const place = `${file}: ${key}`;
  const read = textIn(value, kind);
  if ('mistake' in read) into.mistakes.push(`${place}: ${read.mistake}.`);
  else into.given.set(name, { text: read.text, place, base: dirname(file) });
}
