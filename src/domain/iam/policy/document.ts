import { JsonError, parseStrictJson } from './json.ts';

/** The structure of policies (IAM user guide, "Grammar of the IAM JSON policy language"), without any judgement of it. */

export interface PolicyDocument {
  /** The older one where the document has none: it knows no variables. */
  readonly version: '2008-10-17' | '2012-10-17';
  readonly id?: string;
  readonly statements: readonly Statement[];
}

/** One statement; lists that are absent in the document are absent here. */
export interface Statement {
  readonly sid?: string;
  readonly effect: 'Allow' | 'Deny';
  readonly principal?: PrincipalElement;
  readonly notPrincipal?: PrincipalElement;
  readonly action?: readonly string[];
  readonly notAction?: readonly string[];
  readonly resource?: readonly string[];
  readonly notResource?: readonly string[];
  readonly condition: readonly Condition[];
}

const principalKinds = ['AWS', 'Service', 'Federated', 'CanonicalUser'] as const;

export type PrincipalKind = (typeof principalKinds)[number];

export type PrincipalElement = '*' | Readonly<Partial<Record<PrincipalKind, readonly string[]>>>;

/** Operator and key as written; booleans and numbers become texts. */
export interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** The text is no policy. The message names the place. */
export class PolicySyntaxError extends Error {
  override name = 'PolicySyntaxError';
}

type Members = Readonly<Record<string, unknown>>;

const documentMembers = new Set(['Version', 'Id', 'Statement']);
const statementMembers = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);

/**
 * Reads a policy: its structure only. Which elements a kind of policy must and must not have is for those who check that
 * kind. Bounded in size and depth; throws PolicySyntaxError, also for elements that are unknown or stand twice.
 */
export function readPolicyDocument(text: string): PolicyDocument {
  const members = asObject(parse(text), 'the document');
  refuseUnknown(members, documentMembers, 'the document');
  const { Version: version = '2008-10-17', Id: id, Statement: statements } = members;
  if (version !== '2008-10-17' && version !== '2012-10-17') throw new PolicySyntaxError('Version is no known one');
  if (statements === undefined) throw new PolicySyntaxError('Statement is missing');
  const list = Array.isArray(statements) ? statements : [statements];
  return {
    version,
    ...(id !== undefined && { id: asText(id, 'Id') }),
    statements: list.map((statement, index) => readStatement(statement, `Statement ${index + 1}`)),
  };
}

function parse(text: string): unknown {
  try {
    return parseStrictJson(text);
  } catch (error) {
    if (error instanceof JsonError) throw new PolicySyntaxError(error.message);
    throw error;
  }
}

function readStatement(value: unknown, place: string): Statement {
  const members = asObject(value, place);
  refuseUnknown(members, statementMembers, place);
  for (const name of ['Principal', 'Action', 'Resource']) {
    if (members[name] !== undefined && members[`Not${name}`] !== undefined)
      throw new PolicySyntaxError(`${place} has both ${name} and Not${name}`);
  }
  const effect = members['Effect'];
  if (effect !== 'Allow' && effect !== 'Deny') throw new PolicySyntaxError(`${place} has no Effect Allow or Deny`);
  const texts = (name: string): readonly string[] | undefined => optional(members[name], `${place}: ${name}`, asTexts);
  const principals = (name: string): PrincipalElement | undefined =>
    optional(members[name], `${place}: ${name}`, readPrincipals);
  return withoutUndefined({
    sid: optional(members['Sid'], `${place}: Sid`, asText),
    effect,
    principal: principals('Principal'),
    notPrincipal: principals('NotPrincipal'),
    action: texts('Action'),
    notAction: texts('NotAction'),
    resource: texts('Resource'),
    notResource: texts('NotResource'),
    condition: optional(members['Condition'], `${place}: Condition`, readConditions) ?? [],
  });
}

function readPrincipals(value: unknown, place: string): PrincipalElement {
  if (value === '*') return '*';
  const members = asObject(value, place);
  refuseUnknown(members, new Set<string>(principalKinds), place);
  return Object.fromEntries(
    Object.entries(members).map(([kind, names]) => [kind, asTexts(names, `${place}: ${kind}`)]),
  );
}

function readConditions(value: unknown, place: string): readonly Condition[] {
  return Object.entries(asObject(value, place)).flatMap(([operator, keys]) =>
    Object.entries(asObject(keys, `${place}: ${operator}`)).map(([key, wanted]) => {
      const list: unknown[] = Array.isArray(wanted) ? wanted : [wanted];
      return { operator, key, values: list.map((one) => asValue(one, `${place}: ${operator}: ${key}`)) };
    }),
  );
}

function asValue(value: unknown, place: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new PolicySyntaxError(`${place} is no text, number or boolean`);
}

function asObject(value: unknown, place: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new PolicySyntaxError(`${place} is no object`);
  return value as Members;
}

function asText(value: unknown, place: string): string {
  if (typeof value !== 'string') throw new PolicySyntaxError(`${place} is no text`);
  return value;
}

function asTexts(value: unknown, place: string): readonly string[] {
  return (Array.isArray(value) ? value : [value]).map((one) => asText(one, place));
}

function refuseUnknown(members: Members, known: ReadonlySet<string>, place: string): void {
  const unknown = Object.keys(members).find((name) => !known.has(name));
  if (unknown !== undefined) throw new PolicySyntaxError(`${place} has an unknown element ${JSON.stringify(unknown)}`);
}

function optional<T>(value: unknown, place: string, read: (value: unknown, place: string) => T): T | undefined {
  return value === undefined ? undefined : read(value, place);
}

type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Members that are undefined are left out, so that documents compare and print as what they are. */
function withoutUndefined<T extends object>(members: T): Given<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Given<T>;
}
