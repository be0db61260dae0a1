import { splitArn } from '../../domain/iam/policy/arns.ts';
import { bumpAccountRevision, findAccount } from '../../store/accounts.ts';
import {
  deleteServiceCredential,
  deleteServiceCredentials,
  insertServiceCredential,
  listServiceCredentials,
} from '../../store/iam/service-credentials.ts';
import type { Uses } from '../app.ts';
import { newAccessKey, sealAccessKey, type AccessKey } from './access-keys.ts';

/** A key that acts as a service, for one resource of its account. */
export interface ServiceCredential {
  readonly accessKeyId: string;
  readonly account: string;
  readonly service: string;
  readonly sourceArn: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** Milliseconds for which a key is good: where nothing is said, and at most. */
export const serviceCredentialLife = 90 * 24 * 60 * 60 * 1000;
export const longestServiceCredentialLife = 366 * 24 * 60 * 60 * 1000;

/** Whether a name is that of an AWS service, as policies name it: `ecs-tasks.amazonaws.com`. */
export const isServiceName = (name: string): boolean =>
  name.length <= 128 && /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+amazonaws\.com(?:\.cn)?$/.test(name);

/** Whether a text is the ARN of something in an account. */
export function isArnIn(account: string, arn: string): boolean {
  const parts = splitArn(arn);
  return arn.length <= 2048 && !/[*?]/.test(arn) && parts !== undefined && parts[4] === account && parts[5] !== '';
}

/**
 * Makes a key that acts as a service, for a resource of its own account. Undefined where the account is not here or is
 * closed.
 */
export async function createServiceCredential(
  app: Uses<'store' | 'installation' | 'clock'>,
  wanted: { readonly account: string; readonly service: string; readonly sourceArn: string; readonly life: number },
): Promise<(ServiceCredential & AccessKey) | undefined> {
  const { account, service, sourceArn, life } = wanted;
  const key = newAccessKey(account);
  const createdAt = app.clock();
  const expiresAt = createdAt + life;
  const secret = sealAccessKey(app.installation, account, key);
  const made = await app.store.write(async (tx) => {
    const state = await tx.first(findAccount, { account });
    if (!state || state.closed_at !== null) return false;
    await tx.run(insertServiceCredential, {
      id: key.accessKeyId,
      account,
      service,
      sourceArn,
      secret,
      created: createdAt,
      expires: expiresAt,
    });
    return true;
  });
  return made ? { ...key, account, service, sourceArn, createdAt, expiresAt } : undefined;
}

/** The keys of an account that act as services, those that have expired too. */
export async function getServiceCredentials(app: Uses<'store'>, account: string): Promise<ServiceCredential[]> {
  const rows = await app.store.read.all(listServiceCredentials, { account });
  return rows.map((row) => ({
    accessKeyId: row.id,
    account,
    service: row.service,
    sourceArn: row.source_arn,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }));
}

/** Takes a key back: it, and the login tokens from it, are void at once. False where the account has no such key. */
export function revokeServiceCredential(app: Uses<'store'>, account: string, accessKeyId: string): Promise<boolean> {
  return app.store.write(async (tx) => {
    const count = await tx.run(deleteServiceCredential, { id: accessKeyId, account });
    if (count > 0) await tx.run(bumpAccountRevision, { account });
    return count > 0;
  });
}

/** Expired keys are listed for a month. */
const keptAfterExpiry = 30 * 24 * 60 * 60 * 1000;

/** Forgets keys that expired long ago. */
export function dropOldServiceCredentials(app: Uses<'store'>, now: number): Promise<number> {
  return app.store.write((tx) => tx.run(deleteServiceCredentials, { expiredBefore: now - keptAfterExpiry }));
}
