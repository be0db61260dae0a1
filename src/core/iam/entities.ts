import { groupArn, roleArn, userArn } from '../../domain/arn.ts';
import { RegistryError } from '../../domain/errors.ts';
import type { Reader } from '../../store/db.ts';
import {
  findGroup,
  findGroupById,
  findRole,
  findRoleById,
  findUser,
  findUserById,
  type EntityRow,
} from '../../store/iam/entities.ts';
import type { Call } from '../app.ts';
import { allowIam, type Allowed, type ContextKeys, type Deciding } from '../authorize.ts';
import { readResourceTagKeys } from './tags/tag-keys.ts';

/** What policies can be tied to. */
export type EntityKind = 'user' | 'group' | 'role';

export interface Entity extends EntityRow {
  readonly kind: EntityKind;
}

/** The proof for an action on a user, group or role that is there, and what was found. */
export interface OnEntity<A extends string> {
  readonly allowed: Allowed<A>;
  readonly entity: Entity;
}

const arnOf = { user: userArn, group: groupArn, role: roleArn };

export const noSuchEntity = (kind: EntityKind, name: string): RegistryError =>
  new RegistryError('noSuchEntity', { text: `The ${kind} with name ${name} cannot be found.` });

/** Names that differ in case only are the same name. */
export async function findEntity(
  reader: Reader,
  kind: EntityKind,
  account: string,
  name: string,
): Promise<Entity | undefined> {
  const by = { account, nameKey: name.toLowerCase() };
  if (kind === 'group') {
    const group = await reader.first(findGroup, by);
    return group && { ...group, kind, boundary: null };
  }
  const row = await reader.first(kind === 'user' ? findUser : findRole, by);
  return row && { ...row, kind };
}

/** The entity as it is now, inside the transaction that changes it. @throws RegistryError noSuchEntity. */
export async function readAgain(reader: Reader, { kind, id, name }: Entity): Promise<Entity> {
  const row = await findById(reader, kind, id);
  if (!row) throw noSuchEntity(kind, name);
  return row;
}

async function findById(reader: Reader, kind: EntityKind, id: string): Promise<Entity | undefined> {
  if (kind === 'group') {
    const group = await reader.first(findGroupById, { id });
    return group && { ...group, kind, boundary: null };
  }
  const row = await reader.first(kind === 'user' ? findUserById : findRoleById, { id });
  return row && { ...row, kind };
}

/** What a decision is told beside the tags of the entity. */
export interface EntityKeys {
  readonly keys?: ContextKeys | undefined;
  /** True where the action has `iam:PermissionsBoundary`: that of the entity as it is. */
  readonly boundary?: boolean | undefined;
}

/**
 * Decides an action on a user, group or role: on its ARN, path included; where there is none, on the ARN without a path,
 * so that only who is allowed learns that it is missing.
 *
 * @throws RegistryError accessDenied, noSuchEntity.
 */
export async function allowEntity<A extends `iam:${string}`>(
  app: Deciding,
  call: Call,
  action: A,
  { kind, name, keys, boundary = false }: { kind: EntityKind; name: string } & EntityKeys,
): Promise<OnEntity<A>> {
  const { account } = call.principal;
  const entity = await findEntity(app.store.read, kind, account, name);
  const arn = arnOf[kind](entity ?? { account, path: '/', name });
  const told = entity === undefined || kind === 'group' ? {} : await readResourceTagKeys(app, entity.id, kind);
  const bound = boundary && entity?.boundary ? { 'iam:permissionsboundary': entity.boundary } : {};
  const allowed = await allowIam(app, call, action, arn, { ...told, ...bound, ...keys });
  if (!entity) throw noSuchEntity(kind, name);
  return { allowed, entity };
}
