import { RegistryError } from '../../domain/errors.ts';
import { countPart } from '../../store/uploads.ts';
import type { Call } from '../app.ts';
import type { AllowedOn } from '../authorize.ts';
import { finishUpload, type FinishedLayer, type JudgeUpload } from './finish-upload.ts';
import { progressOf } from './open-uploads.ts';
import { appendUpload, lastByteOf, type UploadNeeds, type UploadProgress } from './uploads.ts';

/** The size of part that ECR announces. */
export const announcedPartSize = 10_485_760;

/**
 * Appends a part of the AWS API to an upload, strictly in order (ECR: UploadLayerPart). Bounds are inclusive bytes.
 * @throws RegistryError as appendUpload, layerPartsExceeded.
 */
export async function uploadPart(
  app: UploadNeeds,
  call: Call,
  allowed: AllowedOn<'ecr:UploadLayerPart'>,
  uploadId: string,
  part: { firstByte: number; lastByte: number; bytes: Buffer },
): Promise<UploadProgress> {
  const { repository } = allowed;
  const row = await progressOf(app, repository, uploadId);
  const limit = app.limits.layerParts;
  if (row.parts >= limit) throw new RegistryError('layerPartsExceeded', { limit });
  const { bytes, firstByte: first, lastByte } = part;
  const names = { repositoryName: repository.name, registryId: repository.account, uploadId };
  if (lastByte - first + 1 !== bytes.length) {
    throw new RegistryError('layerPartLength', {
      ...names,
      first,
      lastByte,
      length: bytes.length,
      lastValidByteReceived: lastByteOf(row.received),
    });
  }
  const place = { first, length: bytes.length };
  return appendUpload(app, call, allowed, uploadId, { bytes: once(bytes), place }, async (tx) => {
    // parts that came at once were all looked at above before any of them counted
    if ((await tx.run(countPart, { id: uploadId, size: bytes.length, limit })) === 0) {
      throw new RegistryError('layerPartsExceeded', { limit });
    }
  });
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/**
 * Ends an upload of the AWS API (ECR: CompleteLayerUpload).
 * @throws RegistryError as finishUpload, emptyUpload, layerPartTooSmall, layerAlreadyExists.
 */
export async function completeUpload(
  app: UploadNeeds,
  call: Call,
  allowed: AllowedOn<'ecr:CompleteLayerUpload'>,
  uploadId: string,
  digest: string,
): Promise<FinishedLayer> {
  const { repository } = allowed;
  const row = await progressOf(app, repository, uploadId);
  const names = { repositoryName: repository.name, registryId: repository.account };
  const judge: JudgeUpload = ({ received, small_part }) => {
    if (received === 0) throw new RegistryError('emptyUpload', { ...names, uploadId });
    if (small_part === 1) throw new RegistryError('layerPartTooSmall', {});
  };
  // Now, before all is written, and again at the end: a part that was under way may count by then.
  judge(row);
  const layer = await finishUpload(app, call, allowed, uploadId, digest, undefined, judge);
  if (layer.existed) throw new RegistryError('layerAlreadyExists', { ...names, digest });
  return layer;
}
