import { compileResourceArn } from './arns.ts';
import type { Context } from './context.ts';
import type { Template } from './template.ts';

/** Resource or NotResource of a statement, against an ARN or the `*` of actions that have no resource. */
export interface ResourceTest {
  readonly variables: readonly string[];
  readonly matches: (resource: string, context: Context) => boolean;
}

/** `no value` counts as a match or as none, as the kind of statement wants it. */
function compileAny(patterns: readonly string[], variables: boolean, withoutValue: boolean): ResourceTest {
  if (patterns.some((pattern) => /^\*+$/.test(pattern))) return { variables: [], matches: () => true };
  const templates = patterns.flatMap((pattern): Template[] => {
    const template = compileResourceArn(pattern, variables);
    return template === undefined ? [] : [template];
  });
  return {
    variables: templates.flatMap((template) => template.variables),
    matches: (resource, context) =>
      templates.some((template) => {
        const outcome = template.match(resource, context);
        return outcome === 'yes' || (outcome === 'no value' && withoutValue);
      }),
  };
}

/** A variable without a value stands for no resource. */
export function compileResources(patterns: readonly string[], variables: boolean): ResourceTest {
  return compileAny(patterns, variables, false);
}

/**
 * Everything but these. What a variable without a value excludes is nowhere written: the reading that denies is taken,
 * so it excludes what it could from an Allow and nothing from a Deny.
 */
export function compileNotResources(
  patterns: readonly string[],
  variables: boolean,
  effect: 'Allow' | 'Deny',
): ResourceTest {
  const { variables: keys, matches } = compileAny(patterns, variables, effect === 'Allow');
  return { variables: keys, matches: (resource, context) => !matches(resource, context) };
}
