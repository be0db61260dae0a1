import type { PolicyDocument } from '../policy/document.ts';
import { checkEcrPolicy } from './ecr-policy.ts';

/**
 * Checks the policy of a repository: Resource may be absent, `*`, or this repository's own ARN. Whether the principals
 * are there is not judged.
 *
 * @throws RegistryError invalidParameter
 */
export function checkRepositoryPolicy(text: string, repositoryArn: string): PolicyDocument {
  return checkEcrPolicy(text, 'Invalid repository policy provided', ({ statements }) =>
    statements.every(
      ({ resource = ['*'], notResource }) =>
        notResource === undefined && resource.every((one) => one === '*' || one === repositoryArn),
    ),
  );
}
