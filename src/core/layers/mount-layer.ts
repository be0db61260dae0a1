import { extendLease, findLink, insertLink } from '../../store/layers.ts';
import { findRepositoryById } from '../../store/repositories.ts';
import type { Call, Uses } from '../app.ts';
import type { AllowedOn } from '../authorize.ts';
import { readAccountSetting } from '../settings/account-settings.ts';

/**
 * Takes a layer over from another repository of the same registry, without its bytes being sent again (ECR user guide,
 * "Blob mounting"). It takes two proofs. False, never an error, wherever it cannot be done: the client then uploads.
 */
export async function mountLayer(
  app: Uses<'store' | 'keyRing' | 'limits'>,
  call: Call,
  target: AllowedOn<'ecr:InitiateLayerUpload'>,
  source: AllowedOn<'ecr:GetDownloadUrlForLayer'>,
  digest: string,
): Promise<boolean> {
  const [to, from] = [target.repository, source.repository];
  if (to.account !== from.account || to.region !== from.region || to.encryption_type !== from.encryption_type)
    return false;
  if ((await readAccountSetting(app, target.registry, 'BLOB_MOUNTING')) !== 'ENABLED') return false;
  const link = await app.store.read.first(findLink, { repository: from.id, digest });
  if (!link) return false;
  const dataKey = await app.keyRing.unwrap(from, 'layer', digest, link.wrap);
  const wrap = await app.keyRing.wrap(to, 'layer', digest, dataKey);
  const leaseUntil = call.time + app.limits.lease;
  return app.store.write(async (tx) => {
    const still = await tx.first(findLink, { repository: from.id, digest });
    if (still?.blob !== link.blob || !(await tx.first(findRepositoryById, { id: to.id }))) return false;
    if (await tx.first(findLink, { repository: to.id, digest })) {
      await tx.run(extendLease, { repository: to.id, digest, until: leaseUntil });
      return true;
    }
    await tx.run(insertLink, { repository: to.id, digest, blob: link.blob, size: link.size, wrap, leaseUntil });
    return true;
  });
}
