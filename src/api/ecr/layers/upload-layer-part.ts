import type { UploadLayerPartCommandInput as Input, UploadLayerPartCommandOutput as Output } from '@aws-sdk/client-ecr';
import { uploadPart } from '../../../core/layers/layer-parts.ts';
import { onRepository } from '../../operation.ts';

/** UploadLayerPart: `partLastByte` is inclusive. */
export const uploadLayerPart = onRepository<'ecr:UploadLayerPart', Input, Output>(
  'ecr:UploadLayerPart',
  async (app, call, allowed, { uploadId, partFirstByte: firstByte, partLastByte: lastByte, layerPartBlob }) => {
    const { buffer, byteOffset, byteLength } = layerPartBlob;
    const part = { firstByte, lastByte, bytes: Buffer.from(buffer, byteOffset, byteLength) };
    const { received } = await uploadPart(app, call, allowed, uploadId, part);
    const { account: registryId, name: repositoryName } = allowed.repository;
    return { registryId, repositoryName, uploadId, lastByteReceived: received - 1 };
  },
);
