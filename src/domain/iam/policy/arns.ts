import { compileUnits, type Wildcard } from '../../../lib/wildcard.ts';
import type { Context } from './context.ts';
import {
  compileTemplate,
  fillIn,
  parsePieces,
  variableKeys,
  type Match,
  type Piece,
  type Template,
} from './template.ts';

/** ARNs against patterns: six segments compared one by one, so that a `*` never reaches over a colon but in the last. */

const colon = 0x3a;
const segments = 6;

/** The places of the first five colons of an ARN; undefined for what has fewer. */
function colonsOf(text: string): number[] | undefined {
  const places: number[] = [];
  for (let at = text.indexOf(':'); at >= 0 && places.length < segments - 1; at = text.indexOf(':', at + 1)) {
    places.push(at);
  }
  return places.length === segments - 1 ? places : undefined;
}

/** The six segments of an ARN, the last one with all its colons; undefined for what is no ARN. */
export function splitArn(arn: string): readonly string[] | undefined {
  const colons = colonsOf(arn);
  if (colons === undefined || !arn.startsWith('arn:')) return undefined;
  const ends = [...colons, arn.length];
  return ends.map((end, index) => arn.slice(index === 0 ? 0 : (ends[index - 1] ?? 0) + 1, end));
}

/** A segment of an ARN as a pattern, without variables. */
function segmentTemplate(text: string, variables: boolean): Template {
  return compileTemplate(parsePieces(text, { variables, wildcards: true }));
}

/** A pattern against an ARN that is already split; what is no ARN is matched by none. */
export interface SegmentsTemplate {
  readonly variables: readonly string[];
  readonly match: (given: readonly string[], context: Context) => Match;
}

/**
 * A `Resource` of a policy that is an ARN. Variables stand only behind the fifth colon; a wildcard in the service is no
 * wildcard. Undefined for what has not six segments: such a text stands for no resource.
 */
export function compileResourceArn(pattern: string, variables: boolean): SegmentsTemplate | undefined {
  const parts = splitArn(pattern);
  if (parts === undefined) return undefined;
  const templates = parts.map((part, index) =>
    index === 2 ? literalTemplate(part) : segmentTemplate(part, variables && index === segments - 1),
  );
  return segmentsTemplate(templates);
}

const literalTemplate = (text: string): Template =>
  compileTemplate(parsePieces(text, { variables: false, wildcards: false }));

/**
 * A value of an ARN condition: variables anywhere, also one that is a whole ARN. Undefined for what can be no ARN.
 */
export function compileArn(pattern: string, variables: boolean): Template | undefined {
  const pieces = parsePieces(pattern, { variables, wildcards: true });
  const keys = variableKeys(pieces);
  if (keys.length > 0) return filledArnTemplate(pieces, keys);
  const parts = splitPieces(pieces);
  return parts && arnTemplate(parts.map((part) => compileTemplate(part)));
}

function segmentsTemplate(parts: readonly Template[]): SegmentsTemplate {
  const match = (given: readonly string[], context: Context): Match => {
    let valueless = false;
    // what tells ARNs apart stands at their end
    for (let index = segments - 1; index >= 0; index -= 1) {
      const outcome = parts[index]?.match(given[index] ?? '', context);
      if (outcome === 'no') return 'no';
      if (outcome === 'no value') valueless = true;
    }
    return valueless ? 'no value' : 'yes';
  };
  return { variables: parts.flatMap((part) => part.variables), match };
}

function arnTemplate(parts: readonly Template[]): Template {
  const { variables, match } = segmentsTemplate(parts);
  return {
    variables,
    match: (arn, context) => {
      const given = splitArn(arn);
      return given === undefined ? 'no' : match(given, context);
    },
  };
}

function filledArnTemplate(pieces: readonly Piece[], variables: readonly string[]): Template {
  const match = (arn: string, context: Context): Match => {
    const units = fillIn(pieces, context);
    if (units === undefined) return 'no value';
    const parts = splitPieces(units) as readonly Wildcard[] | undefined;
    const given = splitArn(arn);
    if (parts === undefined || given === undefined) return 'no';
    return parts.every((part, index) => compileUnits(part)(given[index] ?? '')) ? 'yes' : 'no';
  };
  return { variables, match };
}

/** Pieces between the first five colons; undefined for fewer. */
function splitPieces(pieces: readonly Piece[]): readonly (readonly Piece[])[] | undefined {
  const parts: Piece[][] = [[]];
  for (const piece of pieces) {
    if (piece === colon && parts.length < segments) parts.push([]);
    else parts.at(-1)?.push(piece);
  }
  return parts.length === segments ? parts : undefined;
}
