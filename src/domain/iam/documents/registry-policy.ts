import { partitionOf } from '../../arn.ts';
import type { PolicyDocument, Statement } from '../policy/document.ts';
import { checkEcrPolicy } from './ecr-policy.ts';

/** What a registry policy may speak of under scope V1, in lower case (ECR user guide, "Private registry permissions"). */
const replicationActions = new Set(['ecr:replicateimage', 'ecr:batchimportupstreamimage', 'ecr:createrepository']);

/**
 * Checks the policy of a registry. Resource is obligatory: `*`, or ARNs of ECR in the partition of the registry; ECR does
 * not look whether there is anything of that name. Under scope V1 only the actions of replication and of pull through
 * cache are taken, each by its name. Whether the principals are there is not judged.
 *
 * @throws RegistryError invalidParameter
 */
export function checkRegistryPolicy(text: string, registry: { region: string }, scope: 'V1' | 'V2'): PolicyDocument {
  const start = `arn:${partitionOf(registry.region)}:ecr:`;
  return checkEcrPolicy(text, 'Invalid registry policy provided', ({ statements }) =>
    statements.every((statement) => hasResource(statement, start) && (scope === 'V2' || isOfReplication(statement))),
  );
}

function hasResource({ resource, notResource }: Statement, start: string): boolean {
  const resources = resource ?? notResource ?? [];
  const isArn = (one: string): boolean => one.startsWith(start) && one.split(':', 6).length === 6;
  return resources.length > 0 && resources.every((one) => one === '*' || isArn(one));
}

function isOfReplication({ action }: Statement): boolean {
  return action?.every((one) => replicationActions.has(one.toLowerCase())) === true;
}
