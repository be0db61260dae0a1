import { extendLease, findLayer, findLink } from '../../store/layers.ts';
import type { Call, Uses } from '../app.ts';
import type { AllowedOn } from '../authorize.ts';

/** A layer that is open for reading. Ranges in bytes, `end` not included. */
export interface OpenLayer {
  readonly size: number;
  /** All bytes in this turn of the loop where the layer is small, else undefined. */
  readonly small: () => Buffer | undefined;
  readonly read: (start: number, end: number) => AsyncGenerator<Buffer, void, undefined>;
}

/**
 * The size of a layer that the repository holds, or undefined. Who is told that a layer is there may leave its bytes
 * out, so a layer that no image refers to is kept for a lease from now (a write only when half of it is gone).
 */
export async function statLayer(
  app: Uses<'store' | 'limits'>,
  call: Call,
  allowed:
    | AllowedOn<'ecr:BatchCheckLayerAvailability'>
    | AllowedOn<'ecr:GetDownloadUrlForLayer'>
    | AllowedOn<'ecr:InitiateLayerUpload'>,
  digest: string,
): Promise<{ size: number } | undefined> {
  const repository = allowed.repository.id;
  const link = await app.store.read.first(findLink, { repository, digest });
  if (!link) return undefined;
  const { lease } = app.limits;
  if (link.lease_until === null || link.lease_until > call.time + lease / 2) return { size: link.size };
  return app.store.write(async (tx) => {
    const now = await tx.first(findLink, { repository, digest });
    if (!now) return undefined;
    await tx.run(extendLease, { repository, digest, until: call.time + lease });
    return { size: now.size };
  });
}

/** Opens a layer that the repository holds, whether or not an image refers to it; undefined where it does not. */
export async function openLayer(
  app: Uses<'store' | 'keyRing' | 'blobs'>,
  allowed: AllowedOn<'ecr:GetDownloadUrlForLayer'>,
  digest: string,
): Promise<OpenLayer | undefined> {
  const { repository } = allowed;
  const link = await app.store.read.first(findLayer, { repository: repository.id, digest });
  if (!link) return undefined;
  const dataKey = await app.keyRing.unwrap(repository, 'layer', digest, link.wrap);
  const blob = { blobId: link.blob, size: link.size, dataKey, sealed: link.sealed ?? undefined };
  return {
    size: link.size,
    small: () => app.blobs.readSmall(blob),
    read: (start, end) => app.blobs.read(blob, start, end),
  };
}
