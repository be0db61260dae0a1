/**
 * Names of repositories and tags. Written out rather than as patterns: a name of 256 characters from a hostile client
 * must cost no more than its length.
 */

const isAlphanumeric = (c: number): boolean => (c >= 97 && c <= 122) || (c >= 48 && c <= 57);

/**
 * ECR's rule for a private repository name: 2 to 256 characters, segments joined by `/`, inside a segment runs of
 * lower-case letters and digits joined by `.`, `_`, `__` or any number of `-` (CreateRepository, repositoryName).
 */
export function isRepositoryName(name: string): boolean {
  if (name.length < 2 || name.length > 256) return false;
  let i = 0;
  for (;;) {
    const start = i;
    while (i < name.length && isAlphanumeric(name.charCodeAt(i))) i++;
    if (i === start) return false;
    if (i === name.length) return true;
    i = afterSeparator(name, i);
    if (i < 0) return false;
  }
}

/** The index after one separator at `i`, or -1. */
function afterSeparator(name: string, i: number): number {
  const c = name[i];
  if (c === '/' || c === '.') return i + 1;
  if (c === '_') return name[i + 1] === '_' ? i + 2 : i + 1;
  if (c !== '-') return -1;
  while (name[i] === '-') i++;
  return i;
}

/** The OCI rule for a tag: `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}` (distribution spec, "Pulling manifests"). */
export function isTag(tag: string): boolean {
  if (tag.length < 1 || tag.length > 128) return false;
  for (let i = 0; i < tag.length; i++) {
    const c = tag.charCodeAt(i);
    const word = isAlphanumeric(c) || (c >= 65 && c <= 90) || c === 95;
    if (!word && !(i > 0 && (c === 46 || c === 45))) return false;
  }
  return true;
}

export function isAccountId(text: string): boolean {
  return /^[0-9]{12}$/.test(text);
}

/** A region's name as it stands in host names and credential scopes. */
export function isRegion(text: string): boolean {
  return text.length <= 32 && /^[a-z]{2,}(-[a-z]+)+-[0-9]+$/.test(text);
}

/** ECR's words for the rule of {@link isRepositoryName}; only ever printed. */
export const repositoryNamePattern = '[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*';
