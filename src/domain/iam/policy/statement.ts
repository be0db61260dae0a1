import { compileActions, type ActionTest } from './actions.ts';
import { compileCondition, type CompiledCondition } from './conditions/condition.ts';
import type { Statement } from './document.ts';
import { compileNotPrincipals, compilePrincipals, type PrincipalIds, type PrincipalTest } from './principals.ts';
import { compileNotResources, compileResources, type ResourceTest } from './resources.ts';

export interface CompiledStatement {
  /** Its Sid, or its number from 1 on. */
  readonly label: string;
  readonly effect: 'Allow' | 'Deny';
  readonly written: Statement;
  readonly matchesAction: ActionTest;
  readonly resources: ResourceTest;
  /** Undefined where the statement names no principal: nobody in policies of resources. */
  readonly principals: PrincipalTest | undefined;
  readonly conditions: readonly CompiledCondition[];
  /** True where it is bound to `aws:SourceArn` or `aws:SourceAccount`: whom a service acts for. */
  readonly boundToSource: boolean;
}

export interface StatementOptions {
  readonly label: string;
  /** False in policies of version 2008-10-17. */
  readonly variables: boolean;
  readonly principals: PrincipalIds | undefined;
  /** What an absent Resource stands for. */
  readonly resource: string | undefined;
}

const sourceKeys = new Set(['aws:sourcearn', 'aws:sourceaccount']);

export function compileStatement(statement: Statement, options: StatementOptions): CompiledStatement {
  const { effect } = statement;
  const conditions = statement.condition.map((condition) =>
    compileCondition(condition, { effect, variables: options.variables }),
  );
  return {
    label: options.label,
    effect,
    written: statement,
    matchesAction: compileActionElements(statement),
    resources: compileResourceElements(statement, options),
    principals: compilePrincipalElements(statement, options.principals),
    conditions,
    boundToSource: conditions.some(bindsToSource),
  };
}

/** Stars alone bind to nothing. */
function bindsToSource({ key, demandsValue, written }: CompiledCondition): boolean {
  return sourceKeys.has(key) && demandsValue && written.values.every((value) => !/^\*+$/.test(value));
}

function compileActionElements({ action, notAction }: Statement): ActionTest {
  if (notAction === undefined) return compileActions(action ?? []);
  const excluded = compileActions(notAction);
  return (asked) => !excluded(asked);
}

/** Where nothing says what an absent Resource stands for, it is what denies: nothing for Allow, everything for Deny. */
function compileResourceElements(statement: Statement, { variables, resource }: StatementOptions): ResourceTest {
  const { effect, resource: written, notResource } = statement;
  if (notResource !== undefined) return compileNotResources(notResource, variables, effect);
  if (written !== undefined) return compileResources(written, variables);
  if (resource !== undefined) return compileResources([resource], false);
  return compileResources(effect === 'Deny' ? ['*'] : [], false);
}

function compilePrincipalElements(statement: Statement, ids: PrincipalIds | undefined): PrincipalTest | undefined {
  const { effect, principal, notPrincipal } = statement;
  if (principal !== undefined) return compilePrincipals(principal, ids);
  return notPrincipal && compileNotPrincipals(notPrincipal, ids, effect);
}
