import { shown } from './refusals.ts';

const documentMembers = ['Version', 'Id', 'Statement'];
const statementMembers = [
  ...['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'],
];
const principalKinds = ['AWS', 'Service', 'Federated'];

/** Largest text that is read a second time to find words for what is wrong in it. */
const longestExplained = 131_072;

const unexplained = 'Syntax error in policy.';

/** Why a text that is no policy is none, in the words that IAM has for trust policies. */
export function trustSyntaxFault(text: string): string {
  if (text.length > longestExplained) return unexplained;
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return 'This policy contains invalid Json';
  }
  if (!isObject(document)) return unexplained;
  const unknown = unknownMember(document, documentMembers);
  if (unknown !== undefined) return `Unknown field ${shown(unknown)}`;
  const { Version: version, Statement: statements } = document;
  if (version !== undefined && version !== '2008-10-17' && version !== '2012-10-17')
    return 'The policy must contain a valid version string';
  if (statements === undefined || statements === null) return 'Could not parse the policy: Statement is empty!';
  const list: unknown[] = Array.isArray(statements) ? statements : [statements];
  for (const statement of list) {
    const fault = statementFault(statement);
    if (fault !== undefined) return fault;
  }
  return unexplained;
}

function statementFault(statement: unknown): string | undefined {
  if (!isObject(statement)) return unexplained;
  const unknown = unknownMember(statement, statementMembers);
  if (unknown !== undefined) return `Unknown field ${shown(unknown)}`;
  const { Effect: effect, Principal: principal } = statement;
  if (effect === undefined || effect === '') return 'Missing required field Effect';
  if (typeof effect === 'string' && effect !== 'Allow' && effect !== 'Deny') return `Invalid effect: ${shown(effect)}`;
  if (typeof principal === 'string' && principal !== '*') return 'Principal must be a JSON object.';
  const kind = isObject(principal) ? unknownMember(principal, principalKinds) : undefined;
  return kind === undefined ? undefined : `Invalid principal in policy: "${shown(kind)}"`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unknownMember(object: Readonly<Record<string, unknown>>, known: readonly string[]): string | undefined {
  return Object.keys(object).find((name) => !known.includes(name));
}
