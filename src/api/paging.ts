import { RegistryError } from '../domain/errors.ts';

const defaultPage = 100;

/** The page that a list operation asks for (ECR: 100 by default, the model bounds maxResults). */
export function pageOf(input: { nextToken?: string | undefined; maxResults?: number | undefined }): {
  limit: number;
  nextToken: string | undefined;
} {
  return { limit: input.maxResults ?? defaultPage, nextToken: input.nextToken };
}

/** Naming things and paging through them exclude one another. @throws RegistryError invalidParameter. */
export function refusePaging(
  input: { nextToken?: string | undefined; maxResults?: number | undefined },
  named: string,
): void {
  for (const field of ['maxResults', 'nextToken'] as const) {
    if (input[field] === undefined) continue;
    throw new RegistryError('invalidParameter', {
      field,
      constraint: `Member must be null when ${named} is specified`,
    });
  }
}
