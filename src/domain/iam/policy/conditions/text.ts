import type { Context } from '../context.ts';
import { compileTemplate, parsePieces, type Template } from '../template.ts';
import type { ValueCompiler, ValueTest } from './values.ts';

/** StringEquals: wildcards are text. */
export const compileEqual: ValueCompiler = (values, { variables }) =>
  compileTexts(values.map((value) => parsePieces(value, { variables, wildcards: false })).map(compileTemplate));

/** StringLike: `*` and `?`. */
export const compileLike: ValueCompiler = (values, { variables }) =>
  compileTexts(values.map((value) => parsePieces(value, { variables, wildcards: true })).map(compileTemplate));

/** StringEqualsIgnoreCase: as StringEquals with everything in lower case, the defaults and values of variables too. */
export const compileEqualIgnoringCase: ValueCompiler = (values, options) => {
  const lower = values.map((value) => value.toLowerCase());
  const { variables, matches } = compileEqual(lower, options);
  return { variables, matches: (given, context) => matches(given.toLowerCase(), inLowerCase(context)) };
};

function inLowerCase(context: Context): Context {
  return {
    get: (key) => {
      const value = context.get(key);
      return typeof value === 'string' ? value.toLowerCase() : value;
    },
  };
}

function compileTexts(templates: readonly Template[]): ValueTest {
  return {
    variables: templates.flatMap((template) => template.variables),
    matches: (given, context) => templates.some((template) => template.match(given, context) === 'yes'),
  };
}
