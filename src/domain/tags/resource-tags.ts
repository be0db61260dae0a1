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
  checkResourceTagKeys(tags.map(({ Key }) => Key));
  for (const { Key, Value } of tags) {
    if (Value.length > 256 || seen.has(Key)) throw new RegistryError('invalidTagParameter', {});
    seen.add(Key);
  }
  checkCaseOfKeys([...seen]);
}

/**
 * Keys that differ in case only are one key to policies, which then could not tell whose value counts.
 *
 * @param keys each once. @throws RegistryError invalidTagParameter.
 */
export function checkCaseOfKeys(keys: readonly string[]): void {
  if (new Set(keys.map((key) => key.toLowerCase())).size < keys.length)
    throw new RegistryError('invalidTagParameter', {});
}

/** Checks keys of tags, which may be named more than once. @throws RegistryError invalidTagParameter. */
export function checkResourceTagKeys(keys: readonly string[]): void {
  for (const key of keys) {
    const wrong = key.length < 1 || key.length > 128 || key.toLowerCase().startsWith('aws:');
    if (wrong) throw new RegistryError('invalidTagParameter', {});
  }
}

/** @throws RegistryError tooManyTags. */
export function checkTagCount(count: number): void {
  if (count > mostTags) throw new RegistryError('tooManyTags', { limit: mostTags });
}
