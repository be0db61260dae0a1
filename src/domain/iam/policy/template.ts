import { anyOne, anyRun, compileUnits, textOfUnits, type Wildcard } from '../../../lib/wildcard.ts';
import type { Context } from './context.ts';

/** Values of policies: text with wildcards and variables (IAM user guide, "IAM policy elements: Variables and tags"). */

/** `${key}` or `${key, 'default'}`. The key is in lower case. */
export interface Variable {
  readonly key: string;
  readonly fallback: string | undefined;
}

/** Units of text and wildcards, and variables whose values are not known before a request. */
export type Piece = number | Variable;

export interface TemplateOptions {
  /** False in policies of version 2008-10-17: there `${…}` is text. */
  readonly variables: boolean;
  /** False where `*` and `?` are text, as in StringEquals. */
  readonly wildcards: boolean;
}

const literals = new Set(['*', '?', '$']);

/** The pieces of a value. */
export function parsePieces(text: string, options: TemplateOptions): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const end = options.variables && text.startsWith('${', at) ? text.indexOf('}', at + 2) : -1;
    if (end > 0) {
      const inside = text.slice(at + 2, end);
      pieces.push(literals.has(inside) ? inside.charCodeAt(0) : parseVariable(inside));
      at = end;
    } else if (options.wildcards && text[at] === '*') pieces.push(anyRun);
    else if (options.wildcards && text[at] === '?') pieces.push(anyOne);
    else pieces.push(text.charCodeAt(at));
  }
  return pieces;
}

function parseVariable(inside: string): Variable {
  const comma = inside.indexOf(',');
  if (comma < 0) return { key: inside.trim().toLowerCase(), fallback: undefined };
  const fallback = inside.slice(comma + 1).trim();
  const quoted = fallback.length >= 2 && fallback.startsWith("'") && fallback.endsWith("'");
  return { key: inside.slice(0, comma).trim().toLowerCase(), fallback: quoted ? fallback.slice(1, -1) : undefined };
}

/** The keys of the variables among pieces. */
export function variableKeys(pieces: readonly Piece[]): string[] {
  return pieces.flatMap((piece) => (typeof piece === 'number' ? [] : [piece.key]));
}

/**
 * The pieces with the values that a request gives its variables; wildcards in values are text. Undefined where one has
 * no value: keys with several values have none.
 */
export function fillIn(pieces: readonly Piece[], context: Context): Wildcard | undefined {
  const units: number[] = [];
  for (const piece of pieces) {
    if (typeof piece === 'number') units.push(piece);
    else {
      const text = valueOf(piece, context);
      if (text === undefined) return undefined;
      for (let at = 0; at < text.length; at += 1) units.push(text.charCodeAt(at));
    }
  }
  return units;
}

function valueOf({ key, fallback }: Variable, context: Context): string | undefined {
  const value = context.get(key);
  return typeof value === 'string' ? value : fallback;
}

/** What a value of a policy makes of a text. */
export type Match = 'yes' | 'no' | 'no value';

/** A value of a policy, ready to be compared with texts. */
export interface Template {
  readonly variables: readonly string[];
  /** `no value` where a variable has none. */
  readonly match: (text: string, context: Context) => Match;
}

/** Most values have no variables, and most of those no wildcards or only one at the end: these are compared at once. */
export function compileTemplate(pieces: readonly Piece[]): Template {
  const variables = variableKeys(pieces);
  if (variables.length === 0) return fixedTemplate(compileWildcard(pieces as Wildcard));
  const wild = pieces.some((piece) => typeof piece === 'number' && piece < 0);
  return wild ? filledTemplate(pieces, variables) : textTemplate(pieces, variables);
}

/** Variables between text, without wildcards. */
function textTemplate(pieces: readonly Piece[], variables: readonly string[]): Template {
  const parts: (string | Variable)[] = [];
  for (const piece of pieces) {
    const last = parts.length - 1;
    const before = parts[last];
    if (typeof piece !== 'number') parts.push(piece);
    else if (typeof before === 'string') parts[last] = before + String.fromCharCode(piece);
    else parts.push(String.fromCharCode(piece));
  }
  const match = (text: string, context: Context): Match => {
    let filled = '';
    for (const part of parts) {
      const value = typeof part === 'string' ? part : valueOf(part, context);
      if (value === undefined) return 'no value';
      filled += value;
    }
    return filled === text ? 'yes' : 'no';
  };
  return { variables, match };
}

function filledTemplate(pieces: readonly Piece[], variables: readonly string[]): Template {
  const match = (text: string, context: Context): Match => {
    const units = fillIn(pieces, context);
    if (units === undefined) return 'no value';
    return compileUnits(units)(text) ? 'yes' : 'no';
  };
  return { variables, match };
}

function fixedTemplate(matches: TextTest): Template {
  return { variables: [], match: (text) => (matches(text) ? 'yes' : 'no') };
}

export type TextTest = (text: string) => boolean;

/** A test for texts, by the cheapest way that the pattern allows. It keeps no more of the pattern than it needs. */
export function compileWildcard(units: Wildcard): TextTest {
  const wild = units.findIndex((unit) => unit < 0);
  if (wild < 0) return isText(textOfUnits(units));
  const prefixOnly = wild === units.length - 1 && units[wild] === anyRun;
  return prefixOnly ? hasPrefix(textOfUnits(units.slice(0, wild))) : compileUnits(units);
}

function isText(literal: string): TextTest {
  return (text) => text === literal;
}

function hasPrefix(prefix: string): TextTest {
  return (text) => text.startsWith(prefix);
}
