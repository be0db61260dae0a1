import type { PolicyDocument } from '../policy/document.ts';
import { actionFault } from './action-names.ts';
import { readDocument } from './refusals.ts';
import { resourcePolicyFault } from './resource-policy.ts';

/** Characters of an endpoint policy, white space included (VPC user guide, "Endpoint policies"). */
const endpointPolicyLimit = 20_480;

/**
 * Checks the policy of a VPC endpoint: each statement says who and what. Resource may be absent, which means `*`.
 *
 * @throws Error whose message is a sentence for the operator who wrote the policy.
 */
export function checkEndpointPolicy(text: string): PolicyDocument {
  if (text.length > endpointPolicyLimit)
    throw new Error(`The endpoint policy has ${text.length} characters; ${endpointPolicyLimit} are allowed.`);
  const document = readDocument(text, () => new Error('The endpoint policy is not a policy document in JSON.'));
  const fault = resourcePolicyFault(document, (action) => actionFault(action) === undefined);
  if (fault !== undefined) throw new Error(`The endpoint policy is not valid. ${fault}`);
  return document;
}
