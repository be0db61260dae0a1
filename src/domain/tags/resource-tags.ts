import { RegistryError } from '../errors.ts';

/** Tags of a repository (ECR: Tag): not to be taken for image tags. */
export interface ResourceTag {
  readonly Key: string;
  readonly Value: string;
}

const mostTags = 50;

/** Checks tags that a caller gives. @throws RegistryError invalidTagParameter. */
export function checkResourceTags(tags: readonly ResourceTag[]): void {
  const seen = new Set<string>();
  for (const { Key, Value } of tags) {
    const wrong =
      Key.length < 1 || Key.length > 128 || Value.length > 256 || Key.toLowerCase().startsWith('aws:') || seen.has(Key);
    if (wrong) throw new RegistryError('invalidTagParameter', {});
    seen.add(Key);
  }
}

/** @throws RegistryError tooManyTags. */
export function checkTagCount(count: number): void {
  if (count > mostTags) throw new RegistryError('tooManyTags', { limit: mostTags });
}
