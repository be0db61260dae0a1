import type { PolicyDocument } from './document.ts';
import type { PrincipalIds } from './principals.ts';
import { compileStatement, type CompiledStatement } from './statement.ts';

export type { PrincipalIds } from './principals.ts';

/** The statements of a policy that speak of one action. */
export interface ActionStatements {
  readonly denies: readonly CompiledStatement[];
  readonly allows: readonly CompiledStatement[];
}

/** A policy as the engine takes it: compiled once for each version of it, read any number of times. */
export interface CompiledPolicy {
  /** ARN, or the name by which a reason tells it. */
  readonly name: string;
  /** The condition keys and variables that it reads, in lower case; of tag keys the whole key. */
  readonly reads: ReadonlySet<string>;
  readonly statements: readonly CompiledStatement[];
  /** What it says of an action, given in lower case: found once for each. */
  statementsFor(action: string): ActionStatements;
}

export interface CompileOptions {
  /** ARN or name, for the reason of a decision. */
  readonly name: string;
  /** Whom the principals of the document stood for when it was saved. */
  readonly principals?: PrincipalIds;
  /** What an absent Resource stands for: the ARN of the repository, `*` for endpoint and trust policies. */
  readonly resource?: string;
}

/** There are some hundreds of actions; more come only from somebody who makes them up. */
const mostActions = 2000;

/** Compiles a policy. Never throws for a document that was read. */
export function compilePolicy(document: PolicyDocument, options: CompileOptions): CompiledPolicy {
  const statements = document.statements.map((statement, index) =>
    compileStatement(statement, {
      label: statement.sid ?? String(index + 1),
      variables: document.version === '2012-10-17',
      principals: options.principals,
      resource: options.resource,
    }),
  );
  const byAction = new Map<string, ActionStatements>();
  return {
    name: options.name,
    reads: keysRead(statements),
    statements,
    statementsFor: (action) => {
      const known = byAction.get(action);
      if (known !== undefined) return known;
      const found = findFor(statements, action);
      if (byAction.size < mostActions) byAction.set(action, found);
      return found;
    },
  };
}

function findFor(statements: readonly CompiledStatement[], action: string): ActionStatements {
  const found = statements.filter((statement) => statement.matchesAction(action));
  if (found.length === 0) return none;
  return {
    denies: found.filter(({ effect }) => effect === 'Deny'),
    allows: found.filter(({ effect }) => effect === 'Allow'),
  };
}

const none: ActionStatements = { denies: [], allows: [] };

function keysRead(statements: readonly CompiledStatement[]): ReadonlySet<string> {
  return new Set(
    statements.flatMap(({ conditions, resources }) => [
      ...conditions.flatMap(({ key, variables }) => [key, ...variables]),
      ...resources.variables,
    ]),
  );
}
