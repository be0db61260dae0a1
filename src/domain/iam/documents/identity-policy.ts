import { RegistryError } from '../../errors.ts';
import type { PolicyDocument, Statement } from '../policy/document.ts';
import { actionFault } from './action-names.ts';
import { hasKnownOperators, hasReadableDates } from './conditions.ts';
import { hasOnlyPolicyCharacters, malformed, readDocument } from './refusals.ts';
import { failsLegacyParsing, resourceFault } from './resource-names.ts';

/** Characters of an inline session policy, white space included (STS API, AssumeRole: Policy). */
const sessionPolicyLimit = 2048;

/**
 * Checks a policy of a user, group or role, in the order in which IAM refuses (transcripts of the service). A managed
 * policy has to say version 2012-10-17; one that is inline may be as old as it likes. The size is not judged: what
 * counts is the sum of an entity's inline policies, or the account's quota (size.ts).
 *
 * @throws RegistryError malformedPolicyDocument
 */
export function checkIdentityPolicy(text: string, kind: 'managed' | 'inline' = 'managed'): PolicyDocument {
  const refusal = (): RegistryError => malformed('Syntax errors in policy.');
  if (!hasOnlyPolicyCharacters(text)) throw refusal();
  const document = readDocument(text, refusal);
  checkStatements(document, { refusal, kind, startsAtOnce: text.startsWith('{') });
  return document;
}

/**
 * Checks the policy of a session. STS has one sentence for all that cannot be read.
 *
 * @throws RegistryError packedPolicyTooLarge, malformedPolicyDocument
 */
export function checkSessionPolicy(text: string): PolicyDocument {
  const refusal = (): RegistryError => malformed('The policy is not in the valid JSON format.');
  if (text.length > sessionPolicyLimit)
    throw new RegistryError('packedPolicyTooLarge', { percent: percentOf(text), what: 'policy' });
  if (!hasOnlyPolicyCharacters(text)) throw refusal();
  const document = readDocument(text, refusal);
  checkStatements(document, { refusal, kind: 'inline', startsAtOnce: true });
  return document;
}

/** Of the space that there is for a session's policies. */
const percentOf = (text: string): number => Math.ceil((text.length * 100) / sessionPolicyLimit);

interface Manner {
  readonly refusal: () => RegistryError;
  readonly kind: 'managed' | 'inline';
  /** False where white space stands before the document, which IAM does not take. */
  readonly startsAtOnce: boolean;
}

function checkStatements({ version, statements }: PolicyDocument, { refusal, kind, startsAtOnce }: Manner): void {
  if (statements.length === 0 || !statements.every(hasKnownOperators)) throw refusal();
  if (statements.some(({ principal, notPrincipal }) => principal !== undefined || notPrincipal !== undefined))
    throw malformed('Policy document should not specify a principal.');
  if (kind === 'managed' && version !== '2012-10-17')
    throw malformed('Policy document must be version 2012-10-17 or greater.');
  if (!startsAtOnce || !statements.every(hasReadableDates)) throw legacyParsing();
  const ofResources = firstResourceFault(statements);
  checkSids(statements);
  if (statements.some(({ action, notAction }) => isMissing(action ?? notAction)))
    throw malformed('Policy statement must contain actions.');
  if (statements.some(({ resource, notResource }) => isMissing(resource ?? notResource)))
    throw malformed('Policy statement must contain resources.');
  if (ofResources !== undefined) throw malformed(ofResources);
  const ofActions = find(
    statements.flatMap(({ action = [], notAction = [] }) => [...action, ...notAction]),
    actionFault,
  );
  if (ofActions !== undefined) throw malformed(ofActions);
}

/** The first resource that IAM has words for; one before it that it has none for ends everything. */
function firstResourceFault(statements: readonly Statement[]): string | undefined {
  for (const { resource = [], notResource = [] } of statements) {
    const resources = [...resource, ...notResource];
    const fault = find(resources, resourceFault);
    if (fault !== undefined) return fault;
    if (resources.some(failsLegacyParsing)) throw legacyParsing();
  }
  return undefined;
}

function checkSids(statements: readonly Statement[]): void {
  const sids = statements.flatMap(({ sid }) => (sid === undefined || sid === '' ? [] : [sid]));
  if (!sids.every((sid) => /^[0-9A-Za-z]+$/.test(sid))) {
    const words = 'Check that your input satisfies the regular expression [0-9A-Za-z]*';
    throw malformed(`Statement IDs (SID) must be alpha-numeric. ${words}`);
  }
  if (new Set(sids).size < sids.length) throw malformed('Statement IDs (SID) in a single policy must be unique.');
}

const legacyParsing = (): RegistryError => malformed('The policy failed legacy parsing');
const isMissing = (list: readonly string[] | undefined): boolean => list === undefined || list.length === 0;

function find(list: readonly string[], fault: (one: string) => string | undefined): string | undefined {
  for (const one of list) {
    const found = fault(one);
    if (found !== undefined) return found;
  }
  return undefined;
}
