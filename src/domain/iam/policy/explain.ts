import { layersOf, type AccessRequest, type PolicyType } from './decide.ts';
import type { Condition } from './document.ts';
import { askOf, concerns, type Addressing, type Asked } from './layer.ts';
import type { CompiledStatement } from './statement.ts';

/** What became of one statement in a decision: it matched, or the first part of it that did not. */
export interface StatementOutcome {
  readonly policyType: PolicyType;
  readonly policy: string;
  /** Its Sid, or its number from 1 on. */
  readonly statement: string;
  readonly effect: 'Allow' | 'Deny';
  readonly matched: boolean;
  readonly failed?: 'action' | 'principal' | 'resource' | 'condition';
  /** The conditions that did not hold, as written. */
  readonly conditions?: readonly Condition[];
}

/**
 * Every statement of every policy that takes part in a decision, in the order in which they are asked. Slower than the
 * decision: it is for a denial that somebody wants to understand.
 */
export function explain(request: AccessRequest): StatementOutcome[] {
  const asked = askOf(request);
  return layersOf(request).flatMap(({ policyType, policies, addressing }) =>
    policies.flatMap((policy) =>
      policy.statements.map((statement) => ({
        policyType,
        policy: policy.name,
        statement: statement.label,
        effect: statement.effect,
        ...outcomeOf(statement, asked, addressing),
      })),
    ),
  );
}

function outcomeOf(
  statement: CompiledStatement,
  asked: Asked,
  addressing: Addressing,
): Pick<StatementOutcome, 'matched' | 'failed' | 'conditions'> {
  const { principal, action, resource, context } = asked;
  if (!statement.matchesAction(action)) return { matched: false, failed: 'action' };
  if (addressing === 'names principals' && !concerns(statement, principal))
    return { matched: false, failed: 'principal' };
  if (!statement.resources.matches(resource, context)) return { matched: false, failed: 'resource' };
  const unmet = statement.conditions.filter((condition) => !condition.matches(context));
  if (unmet.length === 0) return { matched: true };
  return { matched: false, failed: 'condition', conditions: unmet.map(({ written }) => written) };
}
