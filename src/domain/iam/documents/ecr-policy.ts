import { RegistryError } from '../../errors.ts';
import type { PolicyDocument } from '../policy/document.ts';
import { readDocument } from './refusals.ts';
import { resourcePolicyFault } from './resource-policy.ts';

/**
 * What policies of repositories and of registries have in common: each statement says who and what, and no Resource is an
 * empty list, which would silently turn its statement off. ECR has one sentence for all that is wrong in one of them.
 *
 * @param rule what else each of them must be.
 * @throws RegistryError invalidParameter
 */
export function checkEcrPolicy(
  text: string,
  sentence: string,
  rule: (document: PolicyDocument) => boolean,
): PolicyDocument {
  const refusal = (): RegistryError =>
    new RegistryError('invalidParameter', { field: 'PolicyText', constraint: sentence });
  const document = readDocument(text, refusal);
  if (resourcePolicyFault(document, isEcrAction) !== undefined) throw refusal();
  const namesNothing = document.statements.some(({ resource, notResource }) => (resource ?? notResource)?.length === 0);
  if (namesNothing || !rule(document)) throw refusal();
  return document;
}

/** Any action of ECR, also one that is not here, and `*`: only ECR ever asks these policies. */
function isEcrAction(action: string): boolean {
  return action === '*' || /^ecr:[a-z0-9*?]+$/i.test(action);
}
