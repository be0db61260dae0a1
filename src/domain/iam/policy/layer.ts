import type { Principal } from '../principal.ts';
import { splitArn } from './arns.ts';
import type { CompiledPolicy } from './compile.ts';
import type { Context } from './context.ts';
import { betterNaming, type Naming } from './principals.ts';
import type { CompiledStatement } from './statement.ts';

/** The policies of one layer of a decision, and the statements among them that match. */

/** A request as statements see it. */
export interface Asked {
  readonly principal: Principal;
  /** In lower case. */
  readonly action: string;
  /** The segments of the resource's ARN, or undefined where there is no resource. */
  readonly resource: readonly string[] | undefined;
  readonly context: Context;
}

/** What statements need of a request, worked out once. */
export function askOf(request: { principal: Principal; action: string; resource: string; context: Context }): Asked {
  const { principal, action, resource, context } = request;
  return { principal, action: action.toLowerCase(), resource: splitArn(resource), context };
}

export interface Found {
  readonly policy: CompiledPolicy;
  readonly statement: CompiledStatement;
}

export interface FoundNaming extends Found {
  readonly naming: Naming;
}

/** Whose policies say for whom they are: those of resources and endpoints. */
export type Addressing = 'names principals' | 'of the principal';

/** The first statement that denies, or that allows. */
export function findStatement(
  policies: readonly CompiledPolicy[],
  effect: 'denies' | 'allows',
  asked: Asked,
  addressing: Addressing,
): Found | undefined {
  for (const policy of policies) {
    for (const statement of policy.statementsFor(asked.action)[effect]) {
      if (addressing === 'names principals' && !concerns(statement, asked.principal)) continue;
      if (matches(statement, asked)) return { policy, statement };
    }
  }
  return undefined;
}

/** The statement that allows and gives the most, among those that `counts` lets through. */
export function findNaming(
  policies: readonly CompiledPolicy[],
  asked: Asked,
  counts: (statement: CompiledStatement, naming: Naming) => boolean = () => true,
): FoundNaming | undefined {
  let best: FoundNaming | undefined;
  for (const policy of policies) {
    for (const statement of policy.statementsFor(asked.action).allows) {
      const naming = statement.principals?.(asked.principal);
      if (naming === undefined || betterNaming(best?.naming, naming) === best?.naming) continue;
      if (counts(statement, naming) && matches(statement, asked)) best = { policy, statement, naming };
    }
  }
  return best;
}

/** A Deny that names nobody is for everybody; an Allow that names nobody is for nobody. */
export function concerns({ principals, effect }: CompiledStatement, principal: Principal): boolean {
  return principals === undefined ? effect === 'Deny' : principals(principal) !== undefined;
}

/** Resource and conditions; the action and the principal are known to match. */
function matches({ resources, conditions }: CompiledStatement, { resource, context }: Asked): boolean {
  if (!resources.matches(resource, context)) return false;
  for (const condition of conditions) if (!condition.matches(context)) return false;
  return true;
}
