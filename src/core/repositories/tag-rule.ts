import type { Mutability, TagRule } from '../../domain/tags/mutability.ts';
import type { RepositoryRow } from '../../store/repositories.ts';

/** The mutability rule of a repository, as its row keeps it. */
export function tagRuleOf(row: Pick<RepositoryRow, 'tag_mutability' | 'mutability_filters'>): TagRule {
  return { mode: row.tag_mutability as Mutability, filters: JSON.parse(row.mutability_filters) as string[] };
}
