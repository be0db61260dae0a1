/** Where the other engine is known to differ, each as a rule of its own: the construct must be in the case. */
import type { OracleCase, PolicyText, StatementText, Verdict } from './case.ts';

export interface KnownDifference {
  readonly name: string;
  /** Why ours stands. */
  readonly why: string;
  explains(one: OracleCase, ours: Verdict, theirs: Verdict): boolean;
}

interface ConditionText {
  readonly effect: 'Allow' | 'Deny';
  readonly version: PolicyText['Version'];
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

const policiesOf = (one: OracleCase): PolicyText[] =>
  [...one.identity, one.resourcePolicy, one.boundary, one.session, one.serviceControl, one.endpoint].filter(
    (policy) => policy !== undefined,
  );

const statementsOf = (policy: PolicyText | undefined): readonly StatementText[] => policy?.Statement ?? [];

function conditionsOf(one: OracleCase): ConditionText[] {
  return policiesOf(one).flatMap(({ Version: version, Statement }) =>
    Statement.flatMap(({ Effect: effect, Condition = {} }) =>
      Object.entries(Condition).flatMap(([operator, keys]) =>
        Object.entries(keys).map(([key, values]) => ({ effect, version, operator, key, values })),
      ),
    ),
  );
}

function valueOf({ context }: OracleCase, key: string): string | readonly string[] | undefined {
  return Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
}

/** A value with a variable that the request does not have and that has no default. */
function hasValueless(one: OracleCase, value: string): boolean {
  return [...value.matchAll(/\$\{([^}*?$,]+)\}/g)].some(([, key = '']) => typeof valueOf(one, key) !== 'string');
}

const isIpv6 = (value: unknown): boolean => typeof value === 'string' && value.includes(':');

const namesAnyone = (principal: StatementText['Principal']): boolean =>
  principal === '*' || (principal?.['AWS']?.includes('*') ?? false);

const allowsOf = (policy: PolicyText | undefined): readonly StatementText[] =>
  statementsOf(policy).filter(({ Effect }) => Effect === 'Allow');

export const knownDifferences: readonly KnownDifference[] = [
  {
    name: 'a session that is named directly',
    why: 'an implicit deny of a session policy does not limit what the resource gives to the session ARN or to anyone',
    explains: (one, ours, theirs) =>
      ours === 'A' &&
      theirs === 'I' &&
      one.session !== undefined &&
      one.caller.account === one.resourceAccount &&
      allowsOf(one.resourcePolicy).some(
        ({ Principal, NotPrincipal }) =>
          namesAnyone(Principal) ||
          NotPrincipal !== undefined ||
          (typeof Principal === 'object' && Principal['AWS']?.includes(one.caller.arn) === true),
      ),
  },
  {
    name: 'dates in seconds',
    why: 'a date that is a number counts seconds since 1970, not milliseconds',
    explains: (one) =>
      conditionsOf(one).some(
        ({ operator, values }) => /Date/i.test(operator) && values.some((value) => /^\d{5,}$/.test(value)),
      ),
  },
  {
    name: 'every IPv4 address',
    why: '0.0.0.0/0 holds all of them',
    explains: (one) =>
      conditionsOf(one).some(({ operator, values }) => /IpAddress/i.test(operator) && values.includes('0.0.0.0/0')),
  },
  {
    name: 'not in a range of the other family',
    why: 'an address of one family lies in no range of the other, so NotIpAddress holds',
    explains: (one) =>
      conditionsOf(one).some(
        ({ operator, key, values }) =>
          /NotIpAddress/i.test(operator) &&
          valueOf(one, key) !== undefined &&
          values.some((value) => isIpv6(value) !== isIpv6(valueOf(one, key))),
      ),
  },
  {
    name: 'a variable without a value, negated',
    why: 'it stands for nothing, and nothing matches nothing',
    explains: (one) =>
      conditionsOf(one).some(
        ({ operator, values }) => /Not/i.test(operator) && values.some((value) => hasValueless(one, value)),
      ),
  },
  {
    name: 'variables of 2008',
    why: 'policies without Version 2012-10-17 have none',
    explains: (one) =>
      policiesOf(one).some((policy) => policy.Version !== '2012-10-17' && JSON.stringify(policy).includes('${')),
  },
  {
    name: 'any value of a missing key, if it exists',
    why: 'IfExists makes it true; told nowhere, so it is only where that denies',
    explains: (one) =>
      conditionsOf(one).some(
        ({ effect, operator, key }) =>
          effect === 'Deny' && /^ForAnyValue:.*IfExists$/i.test(operator) && valueOf(one, key) === undefined,
      ),
  },
  {
    name: 'a variable without a value in NotResource',
    why: 'told nowhere: it takes nothing out of a Deny and all that it could out of an Allow',
    explains: (one) =>
      policiesOf(one)
        .flatMap(statementsOf)
        .some(({ NotResource = [] }) => NotResource.some((value) => hasValueless(one, value))),
  },
  {
    name: 'a star for an ARN',
    why: 'told nowhere: it is every ARN only where that denies',
    explains: (one) =>
      conditionsOf(one).some(
        ({ operator, values }) => /Arn(Not)?(Like|Equals)/i.test(operator) && values.includes('*'),
      ),
  },
  {
    name: 'special characters without wildcards',
    why: '${*}, ${?} and ${$} stand for a character wherever variables do, also where a star would be text',
    explains: (one) =>
      conditionsOf(one).some(
        ({ operator, values }) =>
          /String(Not)?Equals/i.test(operator) && values.some((value) => /\$\{[*?$]\}/.test(value)),
      ),
  },
  {
    name: 'left alone in part',
    why: 'NotPrincipal with Deny spares only who is listed with account, role or user, and session',
    explains: (one, ours, theirs) =>
      ours === 'E' &&
      theirs !== 'E' &&
      statementsOf(one.resourcePolicy).some(
        ({ Effect, NotPrincipal }) => Effect === 'Deny' && NotPrincipal !== undefined,
      ),
  },
  {
    name: 'a service that nobody names',
    why: 'a service is let in only by its name, not as anyone',
    explains: (one, ours, theirs) =>
      one.caller.kind === 'service' &&
      ours === 'I' &&
      theirs === 'A' &&
      allowsOf(one.resourcePolicy).some(
        ({ Principal, NotPrincipal }) => namesAnyone(Principal) || NotPrincipal !== undefined,
      ),
  },
  {
    name: 'a service from another account',
    why: 'it is let in only by a statement that is bound to whom it acts for',
    explains: (one, ours, theirs) =>
      one.caller.kind === 'service' && ours === 'I' && theirs === 'A' && one.caller.account !== one.resourceAccount,
  },
];
