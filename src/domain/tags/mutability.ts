import { matchesWildcard } from '../../lib/wildcard.ts';
import { RegistryError } from '../errors.ts';

/** The four modes of tag mutability (ECR user guide, "Image tag mutability"). */
export type Mutability = 'MUTABLE' | 'IMMUTABLE' | 'IMMUTABLE_WITH_EXCLUSION' | 'MUTABLE_WITH_EXCLUSION';

/** A mode with the tag patterns that it does not speak of; none in the two plain modes. */
export interface TagRule {
  readonly mode: Mutability;
  readonly filters: readonly string[];
}

const mostFilters = 5;

/** Whether a tag that exists may be moved to another image. */
export function mayMove({ mode, filters }: TagRule, tag: string): boolean {
  const mutable = mode === 'MUTABLE' || mode === 'MUTABLE_WITH_EXCLUSION';
  const excluded = filters.some((filter) => matchesWildcard(filter, tag));
  return excluded ? !mutable : mutable;
}

/**
 * A rule from what a caller gives: the modes with exclusion need one to five filters, the plain ones take none.
 * @throws RegistryError invalidParameter.
 */
export function tagRule(mode: Mutability, filters: readonly string[] | undefined): TagRule {
  const refuse = (constraint: string): never => {
    throw new RegistryError('invalidParameter', { field: 'imageTagMutabilityExclusionFilters', constraint });
  };
  const excluding = mode.endsWith('_WITH_EXCLUSION');
  if (excluding && !filters?.length) {
    refuse(`ImageTagMutabilityExclusionFilters can't be null when imageTagMutability is set as ${mode}`);
  }
  if (!excluding && filters?.length) {
    refuse(`ImageTagMutabilityExclusionFilters must be null when imageTagMutability is set as ${mode}`);
  }
  if ((filters?.length ?? 0) > mostFilters) refuse(`Member must have length less than or equal to ${mostFilters}`);
  return { mode, filters: filters ?? [] };
}
