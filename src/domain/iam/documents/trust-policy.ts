import { matchesUnits, parseWildcard } from '../../../lib/wildcard.ts';
import type { RegistryError } from '../../errors.ts';
import type { PolicyDocument, Statement } from '../policy/document.ts';
import { hasKnownOperators, hasReadableDates } from './conditions.ts';
import { principalFault } from './principal-names.ts';
import { hasOnlyPolicyCharacters, invalidPrincipal, malformed, readDocument } from './refusals.ts';
import { trustSyntaxFault } from './trust-syntax.ts';

/** What a role can be asked for, in lower case. */
const trustActions = [
  ...['sts:assumerole', 'sts:assumerolewithsaml', 'sts:assumerolewithwebidentity'],
  ...['sts:tagsession', 'sts:setsourceidentity', 'sts:setcontext'],
];

/**
 * Checks the trust policy of a role. IAM reads these with another reader than policies of identities, and refuses in
 * other words, statement by statement (transcripts of the service). Whether the principals are there is not judged: for
 * one that is not the refusal is {@link invalidPrincipal}. Nor is the size (size.ts).
 *
 * @throws RegistryError malformedPolicyDocument
 */
export function checkTrustPolicy(text: string): PolicyDocument {
  if (!hasOnlyPolicyCharacters(text)) throw malformed('This policy contains invalid Json');
  if (/^\s/.test(text)) throw malformed('JSON strings must not have leading spaces');
  const document = readDocument(text, () => malformed(trustSyntaxFault(text)));
  const { statements } = document;
  if (statements.length === 0) throw malformed('Could not parse the policy: Statement is empty!');
  for (const statement of statements) checkStatement(statement);
  const sids = statements.flatMap(({ sid }) => (sid === undefined || sid === '' ? [] : [sid]));
  if (new Set(sids).size < sids.length) throw malformed('The Statement Ids in the policy are not unique');
  return document;
}

function checkStatement(statement: Statement): void {
  const { action, notAction, resource, notResource } = statement;
  checkPrincipals(statement);
  if (!hasKnownOperators(statement) || !hasReadableDates(statement)) throw malformed('Syntax error in policy.');
  const actions = action ?? notAction ?? [];
  if (actions.length === 0) throw malformed('Missing required field Action');
  if (!actions.every(isTrustAction)) throw malformed('AssumeRole policy may only specify STS AssumeRole actions.');
  if (resource !== undefined) throw malformed('Has prohibited field Resource.');
  if (notResource !== undefined) throw malformed('AssumeRole policy must not contain resources.');
}

/** A role is given to somebody, never to everybody but somebody. */
function checkPrincipals({ effect, principal, notPrincipal }: Statement): void {
  if (notPrincipal !== undefined) {
    if (effect === 'Allow') throw malformed('Allow with NotPrincipal is not allowed.');
    throw malformed('AssumeRole policy must not contain NotPrincipal field.');
  }
  if (principal === undefined) throw malformed('Missing required field Principal');
  // Everybody is `{"AWS": "*"}` in these; IAM does not take the short form.
  if (principal === '*') throw malformed('AssumeRolepolicy contained an invalid principal: "STAR":"*".');
  const fault = principalFault(principal);
  if (fault === 'empty') throw malformed('Missing required field Principal cannot be empty!');
  if (fault !== undefined) throw principalRefusal(fault.kind, fault.name);
}

function principalRefusal(kind: 'AWS' | 'Service' | 'Federated' | 'CanonicalUser', name: string): RegistryError {
  if (kind === 'CanonicalUser') return malformed('Invalid principal in policy: "CanonicalUser"');
  if (kind === 'Federated') return malformed('Federated principals must be valid domain names or SAML metadata ARNs');
  return invalidPrincipal(kind, name);
}

function isTrustAction(action: string): boolean {
  const written = action.toLowerCase();
  if (!written.startsWith('sts:')) return false;
  const pattern = parseWildcard(written, 'one character');
  return trustActions.some((known) => matchesUnits(pattern, known));
}
