import { compileParsed, type ValueCompiler } from './values.ts';

/** A decimal number, as policies write it; undefined for anything else. */
function parseNumber(text: string): number | undefined {
  return /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/.test(text) ? Number(text) : undefined;
}

/** NumericEquals, NumericLessThan, …: what the request says, then what the policy says. */
export const compileNumeric = (compare: (given: number, wanted: number) => boolean): ValueCompiler =>
  compileParsed(parseNumber, compare);
