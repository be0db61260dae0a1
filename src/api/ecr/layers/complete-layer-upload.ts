import type {
  CompleteLayerUploadCommandInput as Input,
  CompleteLayerUploadCommandOutput as Output,
} from '@aws-sdk/client-ecr';
import { completeUpload } from '../../../core/layers/layer-parts.ts';
import { onRepository } from '../../operation.ts';

/** CompleteLayerUpload: the digest of the bytes must be the first that is given. */
export const completeLayerUpload = onRepository<'ecr:CompleteLayerUpload', Input, Output>(
  'ecr:CompleteLayerUpload',
  async (app, call, allowed, { uploadId, layerDigests }) => {
    const { digest } = await completeUpload(app, call, allowed, uploadId, layerDigests[0] ?? '');
    const { account: registryId, name: repositoryName } = allowed.repository;
    return { registryId, repositoryName, uploadId, layerDigest: digest };
  },
);
