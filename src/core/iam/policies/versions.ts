import { RegistryError } from '../../../domain/errors.ts';
import { checkIdentityPolicy } from '../../../domain/iam/documents/identity-policy.ts';
import { findManagedPolicy } from '../../../domain/iam/facts/managed-policies.ts';
import { bumpAccountRevision } from '../../../store/accounts.ts';
import {
  deleteVersion,
  findVersion,
  insertVersion,
  listVersions,
  putPolicyVersions,
} from '../../../store/iam/policies.ts';
import type { Call, Uses } from '../../app.ts';
import { iamLimitsOf } from '../summary/account-limits.ts';
import { pageOfWhole, type IamPage, type PageRequest } from '../pages.ts';
import { checkManagedSize } from './document-size.ts';
import { readPolicyAgain, versionNumber, type ManagedPolicy, type OnPolicy } from './managed.ts';

export interface PolicyVersion {
  readonly number: number;
  readonly isDefault: boolean;
  readonly createdAt: number;
}

const noSuchVersion = (arn: string, version: string): RegistryError =>
  new RegistryError('noSuchEntity', {
    text: `Policy ${arn} version ${version} does not exist or is not attachable.`,
  });

/** The one version of a policy of AWS that is known here. */
const versionOfAws = ({ defaultVersion: number, updatedAt: createdAt }: ManagedPolicy): PolicyVersion => ({
  number,
  isDefault: true,
  createdAt,
});

/** Adds a version, as the default one where asked. @throws RegistryError malformedPolicyDocument, quotaExceeded. */
export async function createVersion(
  app: Uses<'store' | 'limits'>,
  call: Call,
  on: OnPolicy<'iam:CreatePolicyVersion'>,
  { document, asDefault }: { document: string; asDefault: boolean },
): Promise<PolicyVersion> {
  const limits = await iamLimitsOf(app, app.store.read, on.allowed.registry.account);
  const { versionsPerPolicy: most } = limits;
  checkIdentityPolicy(document);
  checkManagedSize(document, limits);
  const { time } = call;
  return app.store.write(async (tx) => {
    const { id, default_version: standard, latest_version: latest } = await readPolicyAgain(tx, on);
    if ((await tx.all(listVersions, { policy: id })).length >= most) {
      const text = `A managed policy can have up to ${most} versions. Before you create a new version, you must delete an existing version.`;
      throw new RegistryError('quotaExceeded', { text });
    }
    const number = latest + 1;
    await tx.run(insertVersion, { policy: id, version: number, document, time });
    await tx.run(putPolicyVersions, { id, standard: asDefault ? number : standard, latest: number, time });
    await tx.run(bumpAccountRevision, { account: on.allowed.registry.account });
    return { number, isDefault: asDefault, createdAt: time };
  });
}

/** A version with its document, as it was sent. @throws RegistryError noSuchEntity. */
export async function readVersion(
  app: Uses<'store'>,
  { policy }: OnPolicy<'iam:GetPolicyVersion'>,
  versionId: string,
): Promise<PolicyVersion & { readonly document: string }> {
  const number = versionNumber(versionId);
  if (policy.fromAws) {
    const document = number === policy.defaultVersion ? findManagedPolicy(policy.arn)?.document : undefined;
    if (document === undefined) throw noSuchVersion(policy.arn, versionId);
    return { ...versionOfAws(policy), document };
  }
  const row = Number.isNaN(number)
    ? undefined
    : await app.store.read.first(findVersion, { policy: policy.id, version: number });
  if (!row) throw noSuchVersion(policy.arn, versionId);
  const isDefault = row.version === policy.defaultVersion;
  return { number: row.version, isDefault, createdAt: row.created_at, document: row.document };
}

/** A page of a policy's versions, the newest first. Of a policy of AWS only the default one is known. */
export async function listPolicyVersions(
  app: Uses<'store' | 'pageTokens'>,
  { policy }: OnPolicy<'iam:ListPolicyVersions'>,
  page: PageRequest,
): Promise<IamPage<PolicyVersion>> {
  const rows = policy.fromAws
    ? [versionOfAws(policy)]
    : (await app.store.read.all(listVersions, { policy: policy.id })).map(
        ({ version, created_at: createdAt }): PolicyVersion => ({
          number: version,
          isDefault: version === policy.defaultVersion,
          createdAt,
        }),
      );
  // the newest has the lowest position
  const keyOf = ({ number }: PolicyVersion): string => String(1e9 - number).padStart(10, '0');
  return pageOfWhole(app, `versions/${policy.id}`, { rows, page, keyOf });
}

/** Makes a version the one that counts. @throws RegistryError noSuchEntity. */
export async function setDefaultVersion(
  app: Uses<'store'>,
  on: OnPolicy<'iam:SetDefaultPolicyVersion'>,
  versionId: string,
): Promise<void> {
  const version = versionNumber(versionId);
  await app.store.write(async (tx) => {
    const { id, latest_version: latest, updated_at: time } = await readPolicyAgain(tx, on);
    if (Number.isNaN(version) || !(await tx.first(findVersion, { policy: id, version })))
      throw noSuchVersion(on.policy.arn, versionId);
    await tx.run(putPolicyVersions, { id, standard: version, latest, time });
    await tx.run(bumpAccountRevision, { account: on.allowed.registry.account });
  });
}

/** Deletes a version other than the default one. @throws RegistryError noSuchEntity, deleteConflict. */
export async function deletePolicyVersion(
  app: Uses<'store'>,
  on: OnPolicy<'iam:DeletePolicyVersion'>,
  versionId: string,
): Promise<void> {
  const version = versionNumber(versionId);
  await app.store.write(async (tx) => {
    const { id, default_version: standard } = await readPolicyAgain(tx, on);
    if (Number.isNaN(version) || !(await tx.first(findVersion, { policy: id, version })))
      throw noSuchVersion(on.policy.arn, versionId);
    if (version === standard)
      throw new RegistryError('deleteConflict', { text: 'Cannot delete the default version of a policy.' });
    await tx.run(deleteVersion, { policy: id, version });
    await tx.run(bumpAccountRevision, { account: on.allowed.registry.account });
  });
}
