import { roleArn, sessionArn, userArn } from '../../domain/arn.ts';
import { listPrincipalReferences, type PrincipalReference } from '../../domain/iam/documents/principal-names.ts';
import { showPrincipals } from '../../domain/iam/documents/show-principals.ts';
import type { PolicyDocument } from '../../domain/iam/policy/document.ts';
import type { PrincipalIds } from '../../domain/iam/policy/principals.ts';
import { findAccount } from '../../store/accounts.ts';
import type { Reader } from '../../store/db.ts';
import { findRole, findRoleById, findUser, findUserById, type EntityRow } from '../../store/iam/entities.ts';

/** What the principals of a policy stand for at the time at which it is saved. */
export interface ResolvedPrincipals {
  readonly ids: PrincipalIds;
  /** Users and roles that are not there, of accounts that are: as written. */
  readonly missing: readonly string[];
}

/**
 * Finds what the principals of a trust policy or a resource policy stand for, so that a user or role that is deleted and
 * made again does not inherit. Those of accounts that are not here stand for nobody, also when such an account is made
 * later. Read in the transaction that saves the policy.
 */
export async function resolvePrincipals(tx: Reader, document: PolicyDocument): Promise<ResolvedPrincipals> {
  const ids: Record<string, string | null> = {};
  const missing: string[] = [];
  for (const reference of listPrincipalReferences(document)) {
    const id = (await tx.first(findAccount, { account: reference.account })) ? await idOf(tx, reference) : null;
    if (id === undefined) missing.push(reference.written);
    else ids[reference.written] = id;
  }
  return { ids, missing };
}

/** The unique id, of a session that of its role; undefined where there is no such user or role. */
async function idOf(tx: Reader, { kind, account, name, written }: PrincipalReference): Promise<string | undefined> {
  if (kind === 'account' || kind === 'federated-user') return account;
  const slash = name.lastIndexOf('/');
  const nameKey = name.slice(slash + 1).toLowerCase();
  const row = await tx.first(kind === 'user' ? findUser : findRole, { account, nameKey });
  if (!row) return undefined;
  // names in policies count with their case, and with the path
  if (kind === 'session') return row.name === name ? row.id : undefined;
  return (kind === 'user' ? userArn : roleArn)(row) === written ? row.id : undefined;
}

/**
 * A saved policy as it is shown: a principal stands there under the ARN that it has now, or under its unique id once it
 * is gone (IAM user guide, "AWS JSON policy elements: Principal"). Where all are as they were, the text is that which was
 * saved, byte for byte.
 */
export async function showStoredPrincipals(
  reader: Reader,
  { document: text, principals }: { document: string; principals: string },
): Promise<string> {
  const ids = JSON.parse(principals) as PrincipalIds;
  const shown = new Map<string, string>();
  for (const [written, id] of Object.entries(ids)) {
    if (id === null || !/^A(?:IDA|ROA)/.test(id)) continue;
    const now = await nameNow(reader, written, id);
    if (now !== written) shown.set(written, now);
  }
  return shown.size === 0 ? text : showPrincipals(text, (written) => shown.get(written) ?? written);
}

async function nameNow(reader: Reader, written: string, id: string): Promise<string> {
  const isUser = id.startsWith('AIDA');
  const row: EntityRow | undefined = await reader.first(isUser ? findUserById : findRoleById, { id });
  const session = written.includes(':assumed-role/') ? written.slice(written.lastIndexOf('/') + 1) : undefined;
  if (row === undefined) return session === undefined ? id : `${id}:${session}`;
  if (isUser) return userArn(row);
  return session === undefined ? roleArn(row) : sessionArn({ account: row.account, role: row.name, name: session });
}
