import { compileEqualIgnoringCase } from './text.ts';
import type { ValueCompiler } from './values.ts';

/**
 * Bool: the same word, whatever its case. Whether variables stand in it is told both ways; they do where that denies.
 */
export const compileBool: ValueCompiler = (values, options) =>
  compileEqualIgnoringCase(values, { ...options, variables: options.variables && options.whenUncertain });
