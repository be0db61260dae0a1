import type { Reader } from '../../../store/db.ts';
import { findRole, type RoleRow } from '../../../store/iam/roles.ts';
import type { Uses } from '../../app.ts';
import { noSuchEntity, type OnEntity } from '../entities.ts';
import { readTags, type IamTag } from '../tags/tags.ts';
import { showTrust } from './trust.ts';

export interface RoleShown {
  readonly row: RoleRow;
  /** The trust policy with its principals under the names that they have now. */
  readonly trust: string;
  readonly tags: readonly IamTag[];
}

export async function describeRole(reader: Reader, row: RoleRow): Promise<RoleShown> {
  return { row, trust: await showTrust(reader, row), tags: await readTags(reader, row.id) };
}

/** A role with all that is told of it. @throws RegistryError noSuchEntity. */
export async function readRole(app: Uses<'store'>, { entity }: OnEntity<'iam:GetRole'>): Promise<RoleShown> {
  return await readRoleOf(app.store.read, entity);
}

/** @throws RegistryError noSuchEntity. */
export async function readRoleOf(reader: Reader, { id, name }: { id: string; name: string }): Promise<RoleShown> {
  const row = await reader.first(findRole, { id });
  if (!row) throw noSuchEntity('role', name);
  return describeRole(reader, row);
}
