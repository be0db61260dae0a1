import type { Context } from '../context.ts';
import type { Condition } from '../document.ts';
import { operators } from './index.ts';
import type { ValueTest } from './values.ts';

export interface CompiledCondition {
  readonly written: Condition;
  /** In lower case. */
  readonly key: string;
  readonly variables: readonly string[];
  /** True where it holds only for requests that have the key, with one of the values named. */
  readonly demandsValue: boolean;
  readonly matches: (context: Context) => boolean;
}

/** An operator as written: `ForAnyValue:StringNotEqualsIfExists`. Upper and lower case are the same. */
export interface OperatorName {
  readonly set: 'all' | 'any' | undefined;
  readonly base: string;
  readonly ifExists: boolean;
}

/** The parts of the name of an operator; the base may be one that there is not. */
export function parseOperator(written: string): OperatorName {
  const name = written.toLowerCase();
  const set = name.startsWith('forallvalues:') ? 'all' : name.startsWith('foranyvalue:') ? 'any' : undefined;
  const single = set === undefined ? name : name.slice(name.indexOf(':') + 1);
  const ifExists = single.endsWith('ifexists');
  return { set, base: ifExists ? single.slice(0, -'ifexists'.length) : single, ifExists };
}

/** Whether there is such an operator. */
export function isOperator(written: string): boolean {
  const { base, ifExists } = parseOperator(written);
  return operators.has(base) || (base === 'null' && !ifExists);
}

/**
 * Compiles one condition (IAM user guide, "Condition operators"). What is not certain is read so that it denies, which
 * needs the effect of the statement; so is an operator that there is not.
 */
export function compileCondition(
  written: Condition,
  options: { effect: 'Allow' | 'Deny'; variables: boolean },
): CompiledCondition {
  const key = written.key.toLowerCase();
  const { set, base, ifExists } = parseOperator(written.operator);
  const denies = options.effect === 'Deny';
  const common = { written, key, variables: [], demandsValue: false };
  if (base === 'null') return { ...common, matches: compileNull(key, written.values) };
  const operator = operators.get(base);
  if (operator === undefined) return { ...common, matches: () => denies };
  const { negated } = operator;
  const test = operator.compile(written.values, {
    variables: options.variables,
    whenUncertain: denies !== negated,
  });
  const whenMissing = set === 'any' ? ifExists && denies : negated || ifExists || set === 'all';
  const holds = compileSet(set, negated, test);
  return {
    ...common,
    variables: test.variables,
    demandsValue: !negated && !whenMissing,
    matches: (context) => {
      const given = context.get(key);
      if (given === undefined || (given.length === 0 && typeof given !== 'string')) return whenMissing;
      return holds(typeof given === 'string' ? [given] : given, context);
    },
  };
}

/** Null: `true` where the key is missing, `false` where it is there. */
function compileNull(key: string, values: readonly string[]): (context: Context) => boolean {
  const wanted = new Set(values.map((value) => value.toLowerCase()));
  return (context) => {
    const given = context.get(key);
    const missing = given === undefined || (typeof given !== 'string' && given.length === 0);
    return wanted.has(String(missing));
  };
}

/** Without a set operator a key with several values matches by any of them, and a negated operator asks for none. */
function compileSet(
  set: OperatorName['set'],
  negated: boolean,
  { matches }: ValueTest,
): (given: readonly string[], context: Context) => boolean {
  if (set === undefined) return (given, context) => given.some((one) => matches(one, context)) !== negated;
  if (set === 'all') return (given, context) => given.every((one) => matches(one, context) !== negated);
  return (given, context) => given.some((one) => matches(one, context) !== negated);
}
