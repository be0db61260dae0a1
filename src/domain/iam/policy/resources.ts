import { compileResourceArn, type SegmentsTemplate } from './arns.ts';
import type { Context } from './context.ts';

/** Resource or NotResource of a statement. */
export interface ResourceTest {
  readonly variables: readonly string[];
  /** Against the segments of an ARN, or undefined for the `*` of actions that have no resource. */
  readonly matches: (resource: readonly string[] | undefined, context: Context) => boolean;
}

/** `no value` counts as a match or as none, as the kind of statement wants it. */
function compileAny(patterns: readonly string[], variables: boolean, withoutValue: boolean): ResourceTest {
  if (patterns.some((pattern) => /^\*+$/.test(pattern))) return { variables: [], matches: () => true };
  const templates = patterns.flatMap((pattern): SegmentsTemplate[] => {
    const template = compileResourceArn(pattern, variables);
    return template === undefined ? [] : [template];
  });
  return {
    variables: templates.flatMap((template) => template.variables),
    matches: (resource, context) => {
      if (resource === undefined) return false;
      for (const template of templates) {
        const outcome = template.match(resource, context);
        if (outcome === 'yes' || (outcome === 'no value' && withoutValue)) return true;
      }
      return false;
    },
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
