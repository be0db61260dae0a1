import { federatedUserArn, roleArn, sessionArn, userArn } from '../../domain/arn.ts';
import { noRights, type Identity, type Principal } from '../../domain/iam/principal.ts';
import type { Session } from '../../domain/iam/session.ts';
import type { Reader } from '../../store/db.ts';
import { findRoleHolder, findUserHolder } from '../../store/iam/rights.ts';
import type { CompiledPolicies } from './compiled-policies.ts';
import { loadRights, rightsOfSession } from './rights.ts';

/** A user or role as it is stored, with the state of its account. */
export interface HolderRow {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly boundary: string | null;
  readonly revision: number;
  readonly closed_at: number | null;
}

/** A principal, and at which revision of its account it was read. */
export interface LoadedPrincipal {
  readonly principal: Principal;
  readonly revision: number;
  /** Characters of text that are kept for this principal alone. */
  readonly weight: number;
}

/** A user with its rights. */
export async function loadUser(
  read: Reader,
  policies: CompiledPolicies,
  account: string,
  row: HolderRow,
  accessKeyId: string,
): Promise<LoadedPrincipal> {
  const { rights, weight } = await loadRights(read, policies, { ...row, account });
  const user: Identity = { arn: userArn({ account, path: row.path, name: row.name }), id: row.id, name: row.name };
  const principal: Principal = {
    ...user,
    account,
    type: 'User',
    user,
    rights,
    accessKeyId,
  };
  return { principal, revision: row.revision, weight };
}

/**
 * Who a session stands for, at this moment: undefined where its role or user is gone, also where one of the same name is
 * there again, and where its account is closed. Whether it has ended is for the caller to judge.
 */
export async function loadSession(
  read: Reader,
  policies: CompiledPolicies,
  session: Session,
  accessKeyId: string,
): Promise<LoadedPrincipal | undefined> {
  const { account, entity: id } = session;
  const row = await read.first(session.kind === 'role' ? findRoleHolder : findUserHolder, { id, account });
  if (row === undefined || row.closed_at !== null) return undefined;
  const holder = await loadRights(read, policies, { ...row, account });
  const rights = await rightsOfSession(read, policies, holder.rights, session);
  const principal: Principal = {
    ...describeSession(session, row),
    account,
    session,
    rights,
    accessKeyId,
  };
  const { policy = '', policyArns = [], tags = {} } = session;
  const weight = holder.weight + policy.length + JSON.stringify([policyArns, tags]).length;
  return { principal, revision: row.revision, weight };
}

type Description = Pick<Principal, 'arn' | 'id' | 'type' | 'name' | 'role' | 'user'>;

/** How the principal of a session is called (IAM user guide, "Principal key values"). */
function describeSession({ kind, account, name }: Session, holder: HolderRow): Description {
  const { id, path, name: holderName } = holder;
  if (kind === 'role') {
    const role: Identity = { arn: roleArn({ account, path, name: holderName }), id, name: holderName };
    return {
      arn: sessionArn({ account, role: holderName, name }),
      id: `${id}:${name}`,
      type: 'AssumedRole',
      name,
      role,
    };
  }
  const user: Identity = { arn: userArn({ account, path, name: holderName }), id, name: holderName };
  if (kind === 'user') return { ...user, type: 'User', user };
  return { arn: federatedUserArn({ account, name }), id: `${account}:${name}`, type: 'FederatedUser', name, user };
}

/** Who acts as a service: allowed what resource policies allow the service, and what every service may. */
export function servicePrincipal(
  { account, service: name, sourceArn }: { account: string; service: string; sourceArn: string },
  accessKeyId: string,
): Principal {
  return {
    arn: name,
    account,
    id: `${account}:${name}`,
    type: 'Service',
    name,
    service: { name, sourceArn },
    rights: noRights,
    accessKeyId,
  };
}
