import type { PolicyDocument, Statement } from '../policy/document.ts';
import { hasKnownOperators, hasReadableDates } from './conditions.ts';
import { principalFault } from './principal-names.ts';
import { shown } from './refusals.ts';

/**
 * What is wrong in a policy that hangs on a resource or an endpoint, as a sentence, or undefined. Such a policy says in
 * each statement who and what; everybody but somebody can only be denied (IAM user guide, "NotPrincipal").
 */
export function resourcePolicyFault(
  { statements }: PolicyDocument,
  isAction: (action: string) => boolean,
): string | undefined {
  if (statements.length === 0) return 'It has no statement.';
  for (const [index, statement] of statements.entries()) {
    const fault = statementFault(statement, isAction);
    if (fault !== undefined) return `Statement ${index + 1} ${fault}.`;
  }
  return undefined;
}

function statementFault(statement: Statement, isAction: (action: string) => boolean): string | undefined {
  const { effect, principal, notPrincipal, action, notAction } = statement;
  if (effect === 'Allow' && notPrincipal !== undefined) return 'allows with NotPrincipal';
  const who = principal ?? notPrincipal;
  if (who === undefined) return 'has no Principal';
  const fault = principalFault(who);
  if (fault === 'empty') return 'has a Principal that names nobody';
  if (fault !== undefined) return `has the invalid principal ${JSON.stringify(shown(fault.name))}`;
  const actions = action ?? notAction ?? [];
  if (actions.length === 0) return 'has no Action';
  const foreign = actions.find((one) => !isAction(one));
  if (foreign !== undefined) return `has the invalid action ${JSON.stringify(shown(foreign))}`;
  if (!hasKnownOperators(statement)) return 'has an unknown condition operator';
  return hasReadableDates(statement) ? undefined : 'has a condition with a date that is none';
}
