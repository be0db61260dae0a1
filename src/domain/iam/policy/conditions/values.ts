import type { Context } from '../context.ts';

/** The values of one condition, compiled: whether a value of the request matches any of them. */
export interface ValueTest {
  /** The keys of variables in the values. */
  readonly variables: readonly string[];
  readonly matches: (given: string, context: Context) => boolean;
}

export interface ValueOptions {
  /** False in policies of version 2008-10-17. */
  readonly variables: boolean;
  /** What to make of a match that is not certain: that which denies. */
  readonly whenUncertain: boolean;
}

/** Compiles the values of a condition. Values that make no sense for the operator match nothing. */
export type ValueCompiler = (values: readonly string[], options: ValueOptions) => ValueTest;

/** For operators without variables: values become what they mean once; what means nothing is left out. */
export function compileParsed<T>(
  parse: (text: string) => T | undefined,
  compare: (given: T, wanted: T) => boolean,
): ValueCompiler {
  return (values) => {
    const wanted = values.flatMap((value): T[] => {
      const parsed = parse(value);
      return parsed === undefined ? [] : [parsed];
    });
    const matches = (text: string): boolean => {
      const given = parse(text);
      return given !== undefined && wanted.some((one) => compare(given, one));
    };
    return { variables: [], matches };
  };
}
