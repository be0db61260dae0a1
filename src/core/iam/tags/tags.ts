import { RegistryError } from '../../../domain/errors.ts';
import type { Reader, Writer } from '../../../store/db.ts';
import { deleteTag, listTags, putTag } from '../../../store/iam/tags.ts';

/** A tag of a user, role or policy. Keys that differ in case only are the same key; the one given last is shown. */
export interface IamTag {
  readonly key: string;
  readonly value: string;
}

/** Checks tags that a request brings, beyond what the model says. @throws RegistryError invalidInput. */
export function checkTags(tags: readonly IamTag[]): void {
  const keys = tags.map(({ key }) => key.toLowerCase());
  if (new Set(keys).size < keys.length) {
    const text = 'Duplicate tag keys found. Please note that Tag keys are case insensitive.';
    throw new RegistryError('invalidInput', { text });
  }
  checkTagKeys(keys);
}

/** @throws RegistryError invalidInput for keys that AWS keeps for itself. */
export function checkTagKeys(keys: readonly string[]): void {
  if (keys.some((key) => key.toLowerCase().startsWith('aws:'))) {
    const text = 'aws: prefixed tag key names are not allowed for external use.';
    throw new RegistryError('invalidInput', { text });
  }
}

/** Adds tags in the caller's transaction. @throws RegistryError quotaExceeded. */
export async function writeTags(
  tx: Writer,
  { entity, kind, most }: { entity: string; kind: 'User' | 'Role' | 'Policy'; most: number },
  tags: readonly IamTag[],
): Promise<void> {
  for (const { key, value } of tags) await tx.run(putTag, { entity, nameKey: key.toLowerCase(), name: key, value });
  if ((await tx.all(listTags, { entity })).length > most)
    throw new RegistryError('quotaExceeded', { text: `Cannot exceed quota for TagsPer${kind}: ${most}` });
}

/** Takes tags away in the caller's transaction; keys that are not there are no error. */
export async function removeTags(tx: Writer, entity: string, keys: readonly string[]): Promise<void> {
  for (const key of keys) await tx.run(deleteTag, { entity, nameKey: key.toLowerCase() });
}

/** All tags of a user, role or policy, by key. */
export async function readTags(reader: Reader, entity: string): Promise<IamTag[]> {
  const rows = await reader.all(listTags, { entity });
  return rows.map(({ name, value }) => ({ key: name, value }));
}
