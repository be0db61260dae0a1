import type { Kind } from './kinds.ts';

/** A value of the YAML file as the one text that a flag would have; `mistake` says what is wrong with its form. */
export type YamlText = { readonly text: string } | { readonly mistake: string };

/** Every scalar of the file is text; a list is taken where the setting is one. */
export function textIn(value: unknown, kind: Pick<Kind<unknown>, 'list'>): YamlText {
  const texts: unknown[] = kind.list === true && Array.isArray(value) ? value : [value];
  if (!texts.every((text) => typeof text === 'string'))
    return { mistake: `it must be ${kind.list === true ? 'a value or a list of values' : 'a single value'}` };
  return texts.includes('') ? { mistake: 'it has no value' } : { text: texts.join(',') };
}

/** An object of the file, and no list; undefined for anything else. */
export function asMap(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value as Readonly<Record<string, unknown>>;
}
