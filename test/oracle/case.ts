/** A request with all its policies, as both engines are asked it. */

export interface StatementText {
  Sid?: string;
  Effect: 'Allow' | 'Deny';
  Principal?: PrincipalText;
  NotPrincipal?: PrincipalText;
  Action?: string[];
  NotAction?: string[];
  Resource?: string[];
  NotResource?: string[];
  Condition?: Record<string, Record<string, string[]>>;
}

export type PrincipalText = '*' | Record<string, string[]>;

export interface PolicyText {
  Version?: '2008-10-17' | '2012-10-17';
  Statement: StatementText[];
}

export type CallerKind = 'root' | 'user' | 'role' | 'federated' | 'service' | 'anonymous';

export interface Caller {
  readonly kind: CallerKind;
  readonly arn: string;
  readonly account: string;
  /** Of a session its role, of a federated user the user behind it. */
  readonly behind?: string;
}

export interface OracleCase {
  readonly seed: number;
  readonly caller: Caller;
  readonly action: string;
  readonly resource: string;
  readonly resourceAccount: string;
  readonly context: Readonly<Record<string, string | readonly string[]>>;
  readonly identity: readonly PolicyText[];
  readonly resourcePolicy?: PolicyText | undefined;
  readonly boundary?: PolicyText | undefined;
  readonly session?: PolicyText | undefined;
  readonly serviceControl?: PolicyText | undefined;
  readonly endpoint?: PolicyText | undefined;
}

/** Allowed, denied by a statement, or by none that allows. */
export type Verdict = 'A' | 'E' | 'I';

export const accounts = { home: '111122223333', other: '444455556666' } as const;
