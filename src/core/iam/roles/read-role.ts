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

/** When and in which region a session of a role made a request last. */
export interface RoleUse {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly region: string;
}

/** A role with all that is told of it; its last use too, where there was one. @throws RegistryError noSuchEntity. */
export async function readRole(
  app: Uses<'store' | 'lastUses'>,
  { entity }: OnEntity<'iam:GetRole'>,
): Promise<RoleShown & { readonly lastUse: RoleUse | undefined }> {
  const shown = await readRoleOf(app.store.read, entity);
  const { last_used_at: time, last_used_region: region } = shown.row;
  const written = time === null ? undefined : { time, region: region ?? '' };
  const latest = app.lastUses.latest(shown.row.id);
  return { ...shown, lastUse: (latest?.time ?? 0) > (written?.time ?? 0) ? latest : written };
}

/** @throws RegistryError noSuchEntity. */
export async function readRoleOf(reader: Reader, { id, name }: { id: string; name: string }): Promise<RoleShown> {
  const row = await reader.first(findRole, { id });
  if (!row) throw noSuchEntity('role', name);
  return describeRole(reader, row);
}
